// `shoal query CKPT --table=T (--key=K | --id=N)`.
#ifndef SHOAL_LAUNCHER_COMMANDS_QUERY_H_
#define SHOAL_LAUNCHER_COMMANDS_QUERY_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "common/base/file_system.h"
#include "launcher/commands/row_names.h"

namespace shoal {

struct QueryOptions {
  // A checkpoint, a directory of checkpoints or a run directory: then its latest checkpoint.
  std::string checkpoint;
  std::string table;
  // The row: exactly one of the two. A key of the table's vocabulary, or a name of `names`; in a table without
  // vocabulary, whose ids are its keys, an id.
  absl::optional<std::string> key;
  absl::optional<uint64_t> id;
  // Neighbours to print, at least 1.
  int64_t k = 10;
  // "cosine" or "euclidean".
  std::string metric = "cosine";
  RowNamesOptions names;
};

// Prints the k rows nearest to the row, without it: rank, similarity (cosine) or distance (Euclidean), id, and key and
// name where there are any. Rows that training never touched are left out: the checkpoint does not hold them, and
// chance alone says what is near them.
//
// NotFound: there is no such table, key or id; says what was probably meant. InvalidArgument: a name of several rows,
// whose ids are listed. FailedPrecondition: the row was never trained.
absl::Status RunQuery(FileSystem& file_system, const QueryOptions& options, std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_QUERY_H_
