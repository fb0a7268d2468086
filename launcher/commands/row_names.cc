#include "launcher/commands/row_names.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/delimited_reader.h"
#include "common/data/line_reader.h"
#include "common/text/utf8.h"

namespace shoal {
namespace {

// A byte of Latin-1 is the code point of the same number.
std::string Utf8Of(absl::string_view text) {
  if (!FindInvalidUtf8(text).has_value()) return std::string(text);
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x80) {
      result += character;
    } else {
      result += static_cast<char>(0xC0 | (byte >> 6));
      result += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return result;
}

absl::StatusOr<RecordFormat> FormatOf(const RowNamesOptions& options) {
  if (options.delimiter.empty()) return absl::InvalidArgumentError("--names_delimiter is empty");
  RecordFormat format;
  format.delimiter = options.delimiter;
  format.delimiter_field = "--names_delimiter";
  for (const auto& [name, position] :
       {std::pair("key", options.key_position), std::pair("name", options.name_position)}) {
    if (position < 0)
      return absl::InvalidArgumentError(absl::StrCat("positions count from 0, that of the ", name, " is ", position));
    format.columns.emplace_back();
    format.columns.back().set_name(name);
    format.columns.back().set_position(position);
  }
  return format;
}

}  // namespace

absl::StatusOr<absl::flat_hash_map<std::string, std::string>> ReadRowNames(const RowNamesOptions& options) {
  SHOAL_ASSIGN_OR_RETURN(const RecordFormat format, FormatOf(options));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<LineReader> lines, LineReader::Open(options.file));
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<DelimitedReader> reader,
                         DelimitedReader::Create(std::move(lines), format, format.columns));
  absl::flat_hash_map<std::string, std::string> names;
  std::vector<absl::string_view> fields;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next());
    if (!more) return names;
    const absl::Status found = reader->GetFields(&fields);
    if (!found.ok()) return absl::InvalidArgumentError(absl::StrCat(reader->Location(), ": ", found.message()));
    names.try_emplace(Utf8Of(fields[0]), Utf8Of(fields[1]));
  }
}

}  // namespace shoal
