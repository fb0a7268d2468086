// Text of the user's, quoted for an error message.
#ifndef SHOAL_COMMON_DATA_QUOTE_TEXT_H_
#define SHOAL_COMMON_DATA_QUOTE_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace shoal {

// 'text', its control characters escaped, cut off with "..." after `max_bytes`.
std::string QuoteText(absl::string_view text, size_t max_bytes = 60);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_QUOTE_TEXT_H_
