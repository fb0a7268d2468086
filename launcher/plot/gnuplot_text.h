// What all gnuplot scripts of ours share: output, colours, quoting. Scripts are for gnuplot 5.4 and newer.
//
// Thread safety: free functions and constants.
#ifndef SHOAL_LAUNCHER_PLOT_GNUPLOT_TEXT_H_
#define SHOAL_LAUNCHER_PLOT_GNUPLOT_TEXT_H_

#include <array>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

// Tableau's ten colours, which can be told apart side by side: 0xRRGGBB.
inline constexpr std::array<int, 10> kPlotColors = {0x1F77B4, 0xFF7F0E, 0x2CA02C, 0xD62728, 0x9467BD,
                                                    0x8C564B, 0xE377C2, 0x7F7F7F, 0xBCBD22, 0x17BECF};

// A string of gnuplot's that stands for the text as it is; bytes that are not UTF-8 become question marks.
std::string GnuplotQuote(absl::string_view text);

// '#RRGGBB'.
std::string GnuplotColor(int rgb);

struct Canvas {
  // PNG or SVG, by the ending: .png, .svg. gnuplot writes to `file`.
  std::string path;
  std::string file;
  // In points of SVG; a PNG has two pixels for each.
  int width = 800;
  int height = 640;
};

// Begins a script: where to, how large, and a frame that leaves the attention to the data. InvalidArgument: the path
// ends otherwise.
absl::StatusOr<std::string> BeginGnuplotScript(const Canvas& canvas);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_GNUPLOT_TEXT_H_
