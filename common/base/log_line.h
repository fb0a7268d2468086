// Lines of a process's log: time, then text, on standard error, which the launcher keeps in DIR/logs.
#ifndef SHOAL_COMMON_BASE_LOG_LINE_H_
#define SHOAL_COMMON_BASE_LOG_LINE_H_

#include "absl/strings/string_view.h"

namespace shoal {

// Writes one whole line at once. Thread safety: any thread.
void LogLine(absl::string_view text);

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_LOG_LINE_H_
