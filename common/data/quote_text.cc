#include "common/data/quote_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace shoal {

std::string QuoteText(absl::string_view text) {
  constexpr size_t kMaxBytes = 60;
  return absl::StrCat("'", absl::Utf8SafeCEscape(text.substr(0, kMaxBytes)), text.size() > kMaxBytes ? "...'" : "'");
}

}  // namespace shoal
