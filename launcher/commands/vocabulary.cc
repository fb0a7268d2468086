#include "launcher/commands/vocabulary.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/data/delimited_reader.h"
#include "common/data/line_reader.h"
#include "common/data/quote_text.h"
#include "common/text/text_vocabulary.h"
#include "launcher/commands/check_free.h"

namespace shoal {
namespace {

absl::StatusOr<TextConfig> ConfigOf(const VocabularyOptions& options) {
  TextConfig config;
  if (options.tokenizer == "whole") {
    config.mutable_whole();
  } else if (options.tokenizer == "whitespace") {
    config.mutable_whitespace();
  } else if (options.tokenizer == "words") {
    config.mutable_words();
  } else if (options.tokenizer == "characters") {
    config.mutable_characters();
  } else if (options.tokenizer == "sentencepiece") {
    config.mutable_sentencepiece()->set_model(options.model);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no tokenizer '", options.tokenizer,
                     "'; the tokenizers are: whole, whitespace, words, characters, sentencepiece"));
  }
  if (!options.model.empty() && !config.has_sentencepiece()) {
    return absl::InvalidArgumentError("--model is for --tokenizer=sentencepiece");
  }
  config.set_lowercase(options.lowercase);
  config.set_word_ngrams(options.word_ngrams);
  config.set_min_count(options.min_count);
  if (options.max_size.has_value()) config.set_max_size(*options.max_size);
  if (options.unknown_token.has_value()) config.set_unknown_token(*options.unknown_token);
  if (options.padding_token.has_value()) config.set_padding_token(*options.padding_token);
  return config;
}

absl::Status AddLines(LineReader* lines, TextVocabularyBuilder* builder) {
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, lines->Next());
    if (!more) return absl::OkStatus();
    if (lines->line().empty()) continue;
    const absl::Status added = builder->Add(lines->line());
    if (!added.ok()) return absl::InvalidArgumentError(absl::StrCat(lines->Location(), ": ", added.message()));
  }
}

absl::Status AddColumn(const VocabularyOptions& options, std::unique_ptr<LineReader> lines,
                       TextVocabularyBuilder* builder) {
  if (options.delimiter.empty()) return absl::InvalidArgumentError("--delimiter is empty");
  ColumnConfig column;
  column.set_name(options.column);
  int position;
  const bool is_position = absl::SimpleAtoi(options.column, &position);
  if (is_position && position < 0) {
    return absl::InvalidArgumentError(absl::StrCat("--column counts from 0, is ", position));
  }
  if (is_position) column.set_position(position);
  RecordFormat format;
  format.delimiter = options.delimiter;
  format.delimiter_field = "--delimiter";
  format.header = !is_position;
  format.columns = {column};
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<DelimitedReader> reader,
                         DelimitedReader::Create(std::move(lines), format, format.columns));
  std::vector<absl::string_view> fields;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, reader->Next());
    if (!more) return absl::OkStatus();
    const absl::Status found = reader->GetFields(&fields);
    if (!found.ok()) return absl::InvalidArgumentError(absl::StrCat(reader->Location(), ": ", found.message()));
    const absl::Status added = builder->Add(fields[0]);
    if (added.ok()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(reader->Location(), ": column ", options.column, ": ", added.message()));
  }
}

std::string Percent(int64_t part, int64_t whole) {
  return whole == 0 ? "-" : absl::StrFormat("%.2f%%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

void Print(const TextVocabulary& built, int64_t top, std::ostream& out) {
  out << "texts       " << built.num_texts << "\n"
      << "tokens      " << built.num_tokens << "\n"
      << "entries     " << built.num_distinct << " distinct\n"
      << "vocabulary  " << Counted(built.vocabulary.size(), "key") << "\n"
      << "coverage    " << Percent(built.num_known_tokens, built.num_tokens) << " of the tokens\n";
  const int64_t shown = std::min(top, built.vocabulary.size());
  if (shown == 0) return;
  out << absl::StrFormat("\n%10s %12s %8s  %s\n", "id", "count", "share", "key");
  for (int64_t id = 0; id < shown; ++id) {
    const int64_t count = built.counts[static_cast<size_t>(id)];
    out << absl::StrFormat("%10d %12d %8s  %s\n", id, count, Percent(count, built.num_tokens),
                           QuoteText(built.vocabulary.key(static_cast<uint64_t>(id))));
  }
}

}  // namespace

absl::Status RunVocabulary(FileSystem& file_system, const VocabularyOptions& options, std::ostream& out) {
  SHOAL_ASSIGN_OR_RETURN(const TextConfig config, ConfigOf(options));
  SHOAL_ASSIGN_OR_RETURN(TextVocabularyBuilder builder, TextVocabularyBuilder::Create(config));
  if (!options.output.empty()) SHOAL_RETURN_IF_ERROR(CheckFree(file_system, options.output, options.overwrite));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<LineReader> lines, LineReader::Open(options.file));
  SHOAL_RETURN_IF_ERROR(options.column.empty() ? AddLines(lines.get(), &builder)
                                               : AddColumn(options, std::move(lines), &builder));
  const TextVocabulary built = std::move(builder).Build();
  Print(built, options.top, out);
  if (options.output.empty()) return absl::OkStatus();
  SHOAL_RETURN_IF_ERROR(built.vocabulary.Write(options.output));
  out << "\n" << options.output << ": " << Counted(built.vocabulary.size(), "key") << ", one a line\n";
  return absl::OkStatus();
}

}  // namespace shoal
