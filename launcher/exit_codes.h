// Exit codes of `shoal`, as sysexits.h has them (docs/launcher.md).
#ifndef SHOAL_LAUNCHER_EXIT_CODES_H_
#define SHOAL_LAUNCHER_EXIT_CODES_H_

#include "absl/status/status.h"

namespace shoal {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 64;        // EX_USAGE: the command line.
inline constexpr int kExitUnavailable = 69;  // EX_UNAVAILABLE: the job computes with CUDA and there is no GPU.
inline constexpr int kExitStopped = 75;      // EX_TEMPFAIL: stopped by a signal; can be resumed.
inline constexpr int kExitBadJob = 78;       // EX_CONFIG: the job file, or a job that does not fit its checkpoint.
inline constexpr int kExitKilled = 128;      // Plus the number of the second signal, as a shell reports it.

// Marks an error, where it arises, with the code that `shoal` exits with because of it.
absl::Status WithExitCode(absl::Status error, int exit_code);
// The mark of the error; kExitFailed where it has none.
int ExitCodeOf(const absl::Status& error);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_EXIT_CODES_H_
