// Which vector of a file goes to which row of a table: by row number, or by the word that is the row's key.
#ifndef SHOAL_COMMON_PRETRAINED_MATCH_PRETRAINED_H_
#define SHOAL_COMMON_PRETRAINED_MATCH_PRETRAINED_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/data/vocabulary.h"
#include "common/pretrained/pretrained_vectors.h"
#include "proto/job.pb.h"

namespace shoal {

// The table that the vectors are for.
struct PretrainedTarget {
  std::string table;
  int64_t num_embeddings = 0;
  int embedding_dim = 0;
  // Keys of rows 0, 1, ...; rows behind them (hash buckets) have no key. For BY_WORD; null: the table has none.
  const Vocabulary* vocabulary = nullptr;
  // Rows that need no vector, such as the padding and the unknown token's, ascending.
  absl::Span<const uint64_t> may_be_missing;
};

struct PretrainedMatch {
  int64_t num_matched = 0;   // Rows that have got a vector.
  int64_t num_missing = 0;   // Rows that have not, those that may be missing included.
  int64_t num_unused = 0;    // Words of the file that are no key.
  int64_t num_repeated = 0;  // Vectors of a word that stood in the file before: the first one counts.
};

// Receives the vector of a row, valid during the call.
using PretrainedSink = absl::FunctionRef<absl::Status(uint64_t id, absl::Span<const float> vector)>;

// Reads all vectors and hands each row's to `sink`, once, in the order of the file. Memory: a bit a row.
//
// Errors, after which some rows may have been handed out: InvalidArgument where the dimensions differ, BY_ROW has more
// vectors than rows, BY_WORD lacks words or a vocabulary, or, under `missing: ERROR`, a row has no vector (says how
// many, and five of them); what the file's reader and `sink` return.
absl::StatusOr<PretrainedMatch> MatchPretrained(PretrainedVectors* vectors, const PretrainedConfig& config,
                                                const PretrainedTarget& target, PretrainedSink sink);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_MATCH_PRETRAINED_H_
