// A number of the data from its text.
#ifndef SHOAL_COMMON_DATA_PARSE_NUMBER_H_
#define SHOAL_COMMON_DATA_PARSE_NUMBER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

// InvalidArgument, with the text: it is no number, or not finite in 32 bits.
absl::StatusOr<float> ParseNumber(absl::string_view text);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_PARSE_NUMBER_H_
