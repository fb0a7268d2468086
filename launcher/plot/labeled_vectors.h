// What `shoal embed` and `shoal export` write, read back: vectors, and a text for each.
#ifndef SHOAL_LAUNCHER_PLOT_LABELED_VECTORS_H_
#define SHOAL_LAUNCHER_PLOT_LABELED_VECTORS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace shoal {

struct Vectors {
  int dim = 0;
  std::vector<float> values;  // [n, dim].
};

// A .npy file, or a .tsv file of numbers between tabs. Errors name file and line or row: InvalidArgument of another
// ending, a line of another number of numbers, a number that is not finite.
absl::StatusOr<Vectors> ReadVectors(const std::string& path);

// One label a line.
absl::StatusOr<std::vector<std::string>> ReadLabels(const std::string& path);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PLOT_LABELED_VECTORS_H_
