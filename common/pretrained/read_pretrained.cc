#include "common/pretrained/read_pretrained.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/model_inputs.h"
#include "common/pretrained/open_pretrained.h"

namespace shoal {
namespace {

// Ascending.
std::vector<uint64_t> RowsThatNeedNoVector(const JobConfig& job, const TableConfig& table,
                                           const Vocabulary* vocabulary) {
  std::vector<uint64_t> rows;
  if (table.has_padding_idx()) rows.push_back(static_cast<uint64_t>(table.padding_idx()));
  const TextConfig* text = FindTextConfig(job, table.name());
  if (text != nullptr && vocabulary != nullptr) {
    for (const std::string& token : {text->padding_token(), text->unknown_token()}) {
      const absl::optional<uint64_t> id = vocabulary->Find(token);
      if (!token.empty() && id.has_value()) rows.push_back(*id);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

absl::StatusOr<PretrainedMatch> ReadPretrained(const ResolvedJob& job, int table, const Vocabulary* vocabulary,
                                               PretrainedSink sink) {
  const TableConfig& config = job.job().tables(table);
  const std::vector<uint64_t> may_be_missing = RowsThatNeedNoVector(job.job(), config, vocabulary);
  PretrainedTarget target;
  target.table = config.name();
  target.num_embeddings = config.num_embeddings();
  target.embedding_dim = config.embedding_dim();
  target.vocabulary = vocabulary;
  target.may_be_missing = may_be_missing;
  const auto read = [&]() -> absl::StatusOr<PretrainedMatch> {
    SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<PretrainedVectors> vectors, OpenPretrained(config.pretrained()));
    return MatchPretrained(vectors.get(), config.pretrained(), target, sink);
  };
  absl::StatusOr<PretrainedMatch> match = read();
  if (match.ok()) return match;
  return absl::Status(match.status().code(),
                      absl::StrCat("tables '", config.name(), "': pretrained: ", match.status().message()));
}

}  // namespace shoal
