#include "common/pretrained/match_pretrained.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

absl::Status CheckFits(const PretrainedVectors& vectors, PretrainedConfig::Match match,
                       const PretrainedTarget& target) {
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", vectors.path(), "' does not fit table '", target.table, "': ", message...));
  };
  if (vectors.dim() != target.embedding_dim) {
    return error("its vectors have ", vectors.dim(), " numbers; the table's embedding_dim is ", target.embedding_dim);
  }
  if (match == PretrainedConfig::BY_ROW) {
    if (vectors.num_rows().value_or(0) <= target.num_embeddings) return absl::OkStatus();
    return error("it has ", *vectors.num_rows(), " rows; the table's num_embeddings is ", target.num_embeddings);
  }
  if (!vectors.has_words()) return error("it has no words to match by; use `match: BY_ROW`, or a file with words");
  if (target.vocabulary == nullptr) return error("the table has no vocabulary to match by; use `match: BY_ROW`");
  return absl::OkStatus();
}

// Which rows have a vector.
class Matcher {
 public:
  Matcher(const PretrainedConfig& config, const PretrainedTarget& target)
      : by_row_(config.match() == PretrainedConfig::BY_ROW),
        target_(target),
        has_vector_(static_cast<size_t>(target.num_embeddings)) {}

  // The row that the current vector goes to; nothing where it is not used.
  absl::StatusOr<absl::optional<uint64_t>> Match(const PretrainedVectors& vectors) {
    absl::optional<uint64_t> id = static_cast<uint64_t>(vectors.row());
    if (!by_row_) id = target_.vocabulary->Find(vectors.word());
    if (!id.has_value()) {
      ++result_.num_unused;
      return id;
    }
    if (*id >= has_vector_.size()) {
      return absl::InvalidArgumentError(absl::StrCat(vectors.Location(), ": more vectors than the ",
                                                     target_.num_embeddings, " rows of table '", target_.table, "'"));
    }
    if (has_vector_[*id]) {
      ++result_.num_repeated;
      return absl::optional<uint64_t>();
    }
    has_vector_[*id] = true;
    ++result_.num_matched;
    return id;
  }

  PretrainedMatch Finish() {
    result_.num_missing = target_.num_embeddings - result_.num_matched;
    return result_;
  }

  // InvalidArgument names the first rows that have no vector and need one.
  absl::Status CheckNoneMissing(const std::string& path) const {
    constexpr size_t kMaxListed = 5;
    std::vector<std::string> names;
    int64_t count = 0;
    for (uint64_t id = 0; id < has_vector_.size(); ++id) {
      if (has_vector_[id] || MayBeMissing(id)) continue;
      ++count;
      if (names.size() < kMaxListed) names.push_back(NameOf(id));
    }
    if (count == 0) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "'", path, "' has no vector for ", count, " of the ", target_.num_embeddings, " rows of table '", target_.table,
        "': ", absl::StrJoin(names, ", "), count > static_cast<int64_t>(names.size()) ? ", ..." : "",
        "; `missing: INITIALIZE` begins them with the table's initializer"));
  }

 private:
  bool MayBeMissing(uint64_t id) const {
    return std::binary_search(target_.may_be_missing.begin(), target_.may_be_missing.end(), id);
  }

  std::string NameOf(uint64_t id) const {
    const bool has_key = !by_row_ && id < static_cast<uint64_t>(target_.vocabulary->size());
    return has_key ? QuoteText(target_.vocabulary->key(id)) : absl::StrCat("row ", id);
  }

  bool by_row_;
  const PretrainedTarget& target_;
  std::vector<bool> has_vector_;
  PretrainedMatch result_;
};

}  // namespace

absl::StatusOr<PretrainedMatch> MatchPretrained(PretrainedVectors* vectors, const PretrainedConfig& config,
                                                const PretrainedTarget& target, PretrainedSink sink) {
  SHOAL_RETURN_IF_ERROR(CheckFits(*vectors, config.match(), target));
  Matcher matcher(config, target);
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, vectors->Next());
    if (!more) break;
    SHOAL_ASSIGN_OR_RETURN(const absl::optional<uint64_t> id, matcher.Match(*vectors));
    if (id.has_value()) SHOAL_RETURN_IF_ERROR(sink(*id, vectors->vector()));
  }
  if (config.missing() == PretrainedConfig::ERROR) {
    SHOAL_RETURN_IF_ERROR(matcher.CheckNoneMissing(vectors->path()));
  }
  return matcher.Finish();
}

}  // namespace shoal
