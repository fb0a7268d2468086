// The pretrained vectors of a job's table: opens the file that the table names and matches it with the table's rows.
#ifndef SHOAL_COMMON_PRETRAINED_READ_PRETRAINED_H_
#define SHOAL_COMMON_PRETRAINED_READ_PRETRAINED_H_

#include "absl/status/statusor.h"
#include "common/data/vocabulary.h"
#include "common/pretrained/match_pretrained.h"
#include "proto/job.pb.h"

namespace shoal {

// As MatchPretrained, for table number `table`. `vocabulary`: the table's, null where it has none. The padding row and
// the rows of the text's padding and unknown tokens may be missing. Errors name the table besides, NotFound the file.
// REQUIRES: a resolved job; the table has `pretrained`.
absl::StatusOr<PretrainedMatch> ReadPretrained(const ResolvedJob& job, int table, const Vocabulary* vocabulary,
                                               PretrainedSink sink);

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_READ_PRETRAINED_H_
