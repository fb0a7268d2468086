// NumPy's .npy files, as numpy/lib/format.py specifies them: versions 1.0, 2.0 and 3.0, two dimensions, C order,
// float16, float32 or float64, little-endian.
#ifndef SHOAL_COMMON_PRETRAINED_NPY_H_
#define SHOAL_COMMON_PRETRAINED_NPY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/data/byte_source.h"
#include "common/pretrained/pretrained_vectors.h"

namespace shoal {

// Reads the header. DataLoss, InvalidArgument: the file is truncated, or what it holds cannot be read; names `path` and
// what was found.
absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenNpy(std::unique_ptr<ByteSource> source, const std::string& path);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_NPY_H_
