#include "common/data/parse_number.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/data/quote_text.h"

namespace shoal {

absl::StatusOr<float> ParseNumber(absl::string_view text) {
  float number;
  if (!absl::SimpleAtof(text, &number)) {
    return absl::InvalidArgumentError(absl::StrCat(QuoteText(text), " is not a number"));
  }
  if (!std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat(QuoteText(text), " is not a finite 32-bit number"));
  }
  return number;
}

}  // namespace shoal
