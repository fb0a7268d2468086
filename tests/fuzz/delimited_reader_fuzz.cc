// Delimited files. The first byte of the input chooses delimiter and header; the rest is the file.
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/status_macros.h"
#include "common/data/delimited_reader.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_source.h"
#include "tests/fuzz/random_values.h"

namespace shoal {
namespace {

constexpr const char* kDelimiters[] = {",", "\t", "::", ";", "\"", " "};

using Records = std::vector<std::vector<std::string>>;

// Two columns, b and a: fields 1 and 0, or those of the header.
RecordFormat FormatOf(absl::string_view delimiter, bool header) {
  RecordFormat format{.delimiter = std::string(delimiter), .header = header};
  for (const auto& [name, position] : {std::make_pair("b", 1), std::make_pair("a", 0)}) {
    ColumnConfig& column = format.columns.emplace_back();
    column.set_name(name);
    if (!header) column.set_position(position);
  }
  return format;
}

// Records that are bad alone are left out, as on_bad_record: SKIP does, and returned as `*bad`.
absl::StatusOr<Records> Read(std::unique_ptr<ByteSource> source, const RecordFormat& format, absl::Status* bad) {
  auto lines = std::make_unique<LineReader>(std::move(source), "input.csv");
  SHOAL_ASSIGN_OR_RETURN(const auto reader, DelimitedReader::Create(std::move(lines), format, format.columns));
  Records records;
  std::vector<absl::string_view> fields;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next());
    if (!more) return records;
    const absl::Status status = reader->GetFields(&fields);
    if (status.ok()) {
      records.emplace_back(fields.begin(), fields.end());
    } else {
      *bad = status;
    }
  }
}

std::string Quote(absl::string_view field) {
  return absl::StrCat("\"", absl::StrReplaceAll(field, {{"\"", "\"\""}}), "\"");
}

std::string WriteQuoted(const Records& records) {
  std::string text;
  for (const auto& record : records) absl::StrAppend(&text, Quote(record[1]), ",", Quote(record[0]), "\n");
  return text;
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  const uint8_t choice = static_cast<uint8_t>((*random)() % (2 * std::size(kDelimiters)));
  const bool quoted = choice / 2 == 0 && (*random)() % 2 == 0;
  const auto field = [&](const std::string& text) { return quoted ? Quote(text) : text; };
  std::string text(1, static_cast<char>(choice));
  std::vector<std::pair<std::string, std::string>> records;
  if (choice % 2 == 1) records.emplace_back("a", "b");
  const uint64_t num_records = (*random)() % 5;
  for (uint64_t i = 0; i < num_records; ++i) records.emplace_back(RandomWord(random), RandomWord(random));
  for (const auto& [a, b] : records) absl::StrAppend(&text, field(a), kDelimiters[choice / 2], field(b), "\n");
  return text;
}

absl::Status ReadInput(absl::string_view input) {
  if (input.empty()) return absl::InvalidArgumentError("no byte chooses the delimiter");
  const uint8_t choice = static_cast<uint8_t>(input[0]) % (2 * std::size(kDelimiters));
  absl::Status bad;
  const absl::StatusOr<Records> records =
      Read(SourceOf(input.substr(1)), FormatOf(kDelimiters[choice / 2], choice % 2 == 1), &bad);
  if (!records.ok()) return records.status();
  const std::string text = WriteQuoted(*records);
  const absl::StatusOr<Records> again = Read(SourceOf(text), FormatOf(",", /*header=*/false), &bad);
  Require(again.ok() && *again == *records, "records that are written again are others");
  return bad;
}

}  // namespace shoal
