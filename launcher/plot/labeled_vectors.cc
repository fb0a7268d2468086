#include "launcher/plot/labeled_vectors.h"

#include <cmath>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/data/line_reader.h"
#include "common/data/quote_text.h"
#include "common/pretrained/open_pretrained.h"

namespace shoal {
namespace {

absl::StatusOr<Vectors> ReadNpy(const std::string& path) {
  PretrainedConfig config;
  config.set_path(path);
  config.set_format(PretrainedConfig::NPY);
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<PretrainedVectors> rows, OpenPretrained(config));
  Vectors vectors;
  vectors.dim = rows->dim();
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, rows->Next());
    if (!more) return vectors;
    vectors.values.insert(vectors.values.end(), rows->vector().begin(), rows->vector().end());
  }
}

absl::StatusOr<Vectors> ReadTsv(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<LineReader> lines, LineReader::Open(path));
  Vectors vectors;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, lines->Next());
    if (!more) return vectors;
    int dim = 0;
    for (const absl::string_view field : absl::StrSplit(lines->line(), '\t')) {
      float value;
      if (!absl::SimpleAtof(field, &value) || !std::isfinite(value)) {
        return absl::InvalidArgumentError(
            absl::StrCat(lines->Location(), ": ", QuoteText(field), " is not a finite number"));
      }
      vectors.values.push_back(value);
      ++dim;
    }
    if (vectors.dim == 0) vectors.dim = dim;
    if (dim != vectors.dim) {
      return absl::InvalidArgumentError(
          absl::StrCat(lines->Location(), " has ", Counted(dim, "number"), ", the first line has ", vectors.dim));
    }
  }
}

}  // namespace

absl::StatusOr<Vectors> ReadVectors(const std::string& path) {
  if (absl::EndsWith(path, ".npy")) return ReadNpy(path);
  if (absl::EndsWith(path, ".tsv")) return ReadTsv(path);
  return absl::InvalidArgumentError(absl::StrCat("vectors are read from a .npy or .tsv file, not from ", path));
}

absl::StatusOr<std::vector<std::string>> ReadLabels(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<LineReader> lines, LineReader::Open(path));
  std::vector<std::string> labels;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, lines->Next());
    if (!more) return labels;
    labels.emplace_back(lines->line());
  }
}

}  // namespace shoal
