// `shoal vocabulary FILE [--column=C] [--tokenizer=T] [--output=FILE]`.
#ifndef SHOAL_LAUNCHER_COMMANDS_VOCABULARY_H_
#define SHOAL_LAUNCHER_COMMANDS_VOCABULARY_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "common/base/file_system.h"

namespace shoal {

struct VocabularyOptions {
  // Plain, gzip or zstd; empty lines are passed over.
  std::string file;
  // Where the texts stand. A whole number: the column at that position, from 0, of a file without header. Else the
  // column of that name in the header line. Empty: a line is a text.
  std::string column;
  std::string delimiter = "\t";
  // whole, whitespace, characters or sentencepiece, which needs `model`.
  std::string tokenizer = "whitespace";
  std::string model;
  // As the fields of TextConfig.
  bool lowercase = false;
  int word_ngrams = 1;
  int64_t min_count = 1;
  absl::optional<int64_t> max_size;
  absl::optional<std::string> unknown_token;
  absl::optional<std::string> padding_token;
  // File to write. Empty: none.
  std::string output;
  // Whether an existing file is replaced. Default: that is an error.
  bool overwrite = false;
  // Keys to show.
  int64_t top = 20;
};

// Builds the vocabulary of the file's texts and prints its size, what share of the tokens it covers, and its first
// keys. The output, one key a line as in checkpoints, appears whole or not at all.
//
// InvalidArgument: file, line and byte of what is not UTF-8; file, line and column of a field that is missing; an
// option that cannot be. AlreadyExists: the output exists.
absl::Status RunVocabulary(FileSystem& file_system, const VocabularyOptions& options, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_VOCABULARY_H_
