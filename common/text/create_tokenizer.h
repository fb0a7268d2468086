// The tokenizer that a TextConfig names: the place to register a new one.
#ifndef SHOAL_COMMON_TEXT_CREATE_TOKENIZER_H_
#define SHOAL_COMMON_TEXT_CREATE_TOKENIZER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/text/tokenizer.h"
#include "proto/job.pb.h"

namespace shoal {

// Whitespace where the config names none. InvalidArgument, NotFound, Unimplemented: as the tokenizer's own factory.
absl::StatusOr<std::unique_ptr<Tokenizer>> CreateTokenizer(const TextConfig& config);

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_CREATE_TOKENIZER_H_
