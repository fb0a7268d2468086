#include "common/data/quote_text.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace shoal {

std::string QuoteText(absl::string_view text, size_t max_bytes) {
  return absl::StrCat("'", absl::Utf8SafeCEscape(text.substr(0, max_bytes)), text.size() > max_bytes ? "...'" : "'");
}

}  // namespace shoal
