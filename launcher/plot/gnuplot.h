// Runs gnuplot, a program of its own that need not be there.
#ifndef SHOAL_LAUNCHER_PLOT_GNUPLOT_H_
#define SHOAL_LAUNCHER_PLOT_GNUPLOT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace shoal {

// Runs the script and waits for its end. FailedPrecondition: gnuplot is not installed; says what to install. Internal:
// gnuplot fails; holds what it says. Call it from the main thread (launcher/process.h).
absl::Status RunGnuplot(absl::string_view script);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_GNUPLOT_H_
