// One tensor of a safetensors file (https://github.com/huggingface/safetensors): the length of the header as U64, the
// header in JSON, the data. Two dimensions, F16, BF16 or F32.
#ifndef SHOAL_COMMON_PRETRAINED_SAFETENSORS_H_
#define SHOAL_COMMON_PRETRAINED_SAFETENSORS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/data/byte_source.h"
#include "common/pretrained/pretrained_vectors.h"

namespace shoal {

// Reads the header and skips what lies in front of the tensor. `tensor` empty: the one tensor that the file has.
// DataLoss, InvalidArgument: the file is truncated, or what it holds cannot be read; names `path` and what was found.
absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenSafetensors(std::unique_ptr<ByteSource> source,
                                                                   const std::string& path, const std::string& tensor);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_SAFETENSORS_H_
