// Text of the user's, quoted for an error message.
#ifndef SHOAL_COMMON_DATA_QUOTE_TEXT_H_
#define SHOAL_COMMON_DATA_QUOTE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace shoal {

// 'text', its control characters escaped, cut off with "..." after 60 bytes.
std::string QuoteText(absl::string_view text);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_QUOTE_TEXT_H_
