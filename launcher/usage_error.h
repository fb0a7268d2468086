// What is wrong with a command line, for people.
//
// Thread safety: free functions.
#ifndef SHOAL_LAUNCHER_USAGE_ERROR_H_
#define SHOAL_LAUNCHER_USAGE_ERROR_H_

#include <CLI/CLI.hpp>
#include <string>

namespace shoal {

// `app` has failed to parse the command line with `error`, which is none of --help or --version. Two lines: what is
// wrong, with the nearest name for a command or a flag that does not exist, and which command shows what there is.
std::string DescribeUsageError(const CLI::App& app, const CLI::ParseError& error);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_USAGE_ERROR_H_
