#include "launcher/commands/example_names.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace shoal {

void AppendField(absl::string_view text, std::string* out) {
  if (text.find_first_of("\t\"\r") == absl::string_view::npos) {
    absl::StrAppend(out, text);
  } else {
    absl::StrAppend(out, "\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
  }
}

std::string NamesHeader(const Dataset& examples) {
  std::string header = examples.names.unit;
  for (const IdColumn& column : examples.id_columns) {
    header.push_back('\t');
    AppendField(column.name, &header);
  }
  return header;
}

void AppendNames(const Dataset& examples, size_t example, std::string* out) {
  absl::StrAppend(out, examples.names.places[example]);
  for (const std::vector<std::string>& texts : examples.names.id_texts) {
    out->push_back('\t');
    AppendField(texts[example], out);
  }
}

}  // namespace shoal
