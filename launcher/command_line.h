// The command line of `shoal`: subcommands, options, exit codes.
#ifndef SHOAL_LAUNCHER_COMMAND_LINE_H_
#define SHOAL_LAUNCHER_COMMAND_LINE_H_

#include <ostream>

namespace shoal {

// Runs the subcommand that the arguments name and returns the exit code (exit_codes.h).
int RunCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMAND_LINE_H_
