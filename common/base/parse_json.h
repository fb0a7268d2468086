// JSON from files and other processes.
#ifndef SHOAL_COMMON_BASE_PARSE_JSON_H_
#define SHOAL_COMMON_BASE_PARSE_JSON_H_

#include "absl/strings/string_view.h"

namespace shoal {

// Far from what any file of ours has.
inline constexpr int kMaxJsonDepth = 100;

// Whether brackets outside of strings are nested deeper than kMaxJsonDepth. What is no JSON has any answer.
inline bool IsNestedTooDeep(absl::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    if (in_string) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// `Json` is nlohmann::json or ordered_json. Discarded, as its is_discarded() says, where the text is not JSON or is
// nested too deep: copying and printing take a frame of the stack a level.
template <typename Json>
Json ParseJson(absl::string_view text) {
  if (IsNestedTooDeep(text)) return Json(Json::value_t::discarded);
  return Json::parse(text.begin(), text.end(), /*cb=*/nullptr, /*allow_exceptions=*/false);
}

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_PARSE_JSON_H_
