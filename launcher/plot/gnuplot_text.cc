#include "launcher/plot/gnuplot_text.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/optional.h"
#include "common/text/utf8.h"

namespace shoal {
namespace {

// Text and frame in greys, so that colour is left to the data.
constexpr char kStyle[] =
    "set encoding utf8\n"
    "set border 3 linecolor rgb '#888888' linewidth 0.75\n"
    "set tics nomirror scale 0.6 textcolor rgb '#444444'\n"
    "set grid back linetype 1 linecolor rgb '#E6E6E6' linewidth 0.5\n"
    "set title textcolor rgb '#222222'\n"
    "set xlabel textcolor rgb '#222222'\n"
    "set ylabel textcolor rgb '#222222'\n"
    "set key textcolor rgb '#222222' noenhanced\n";

}  // namespace

std::string GnuplotQuote(absl::string_view text) {
  std::string valid(text);
  while (const absl::optional<size_t> bad = FindInvalidUtf8(valid)) valid[*bad] = '?';
  std::string quoted = "'";
  for (const char character : valid) {
    if (character == '\'') quoted += '\'';
    quoted += absl::ascii_iscntrl(character) ? ' ' : character;
  }
  return quoted + "'";
}

std::string GnuplotColor(int rgb) { return absl::StrFormat("'#%06X'", rgb); }

absl::StatusOr<std::string> BeginGnuplotScript(const Canvas& canvas) {
  std::string terminal;
  if (absl::EndsWithIgnoreCase(canvas.path, ".png")) {
    terminal = absl::StrFormat(
        "set terminal pngcairo size %d,%d font 'sans,11' fontscale 2 linewidth 2 pointscale 2 background '#FFFFFF'",
        2 * canvas.width, 2 * canvas.height);
  } else if (absl::EndsWithIgnoreCase(canvas.path, ".svg")) {
    terminal = absl::StrFormat("set terminal svg size %d,%d font 'sans-serif,13' background '#FFFFFF'", canvas.width,
                               canvas.height);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("the output must end with .png or .svg, which says what to draw; is ", canvas.path));
  }
  return absl::StrCat(terminal, "\nset output ", GnuplotQuote(canvas.file), "\n", kStyle);
}

}  // namespace shoal
