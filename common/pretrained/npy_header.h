// The dictionary in the header of a .npy file: a Python literal such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
#ifndef SHOAL_COMMON_PRETRAINED_NPY_HEADER_H_
#define SHOAL_COMMON_PRETRAINED_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

struct NpyHeader {
  std::string descr;  // Of a structured array: empty.
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// InvalidArgument says what is missing or malformed, and at which byte of the text. Keys may stand in any order, each
// once.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view text);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_NPY_HEADER_H_
