// The end of a process's log, for error messages.
#ifndef SHOAL_LAUNCHER_LOG_TAIL_H_
#define SHOAL_LAUNCHER_LOG_TAIL_H_

#include <string>
#include <vector>

namespace shoal {

// The last `lines` lines of the file, of its last 64 KiB at most; none where it cannot be read.
std::vector<std::string> ReadLogTail(const std::string& path, int lines);

// The path and the last `lines` lines, indented, each on a line of its own.
std::string DescribeLog(const std::string& path, int lines);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_LOG_TAIL_H_
