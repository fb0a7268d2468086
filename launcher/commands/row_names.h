// Names of rows, from a file beside the data: ml-100k's items are numbers in the ratings, titles in u.item.
#ifndef SHOAL_LAUNCHER_COMMANDS_ROW_NAMES_H_
#define SHOAL_LAUNCHER_COMMANDS_ROW_NAMES_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace shoal {

struct RowNamesOptions {
  // Delimited file, plain, gzip or zstd, that has a line for each key. Default: rows have no names.
  std::string file;
  // Between two fields.
  std::string delimiter = "\t";
  // Positions of the fields with the key and the name, counted from 0.
  int key_position = 0;
  int name_position = 1;
};

// Names by key; of a key that stands twice the first one. A field that is not UTF-8 is taken for Latin-1
// (ISO 8859-1), in which every sequence of bytes has a meaning. InvalidArgument names file, line and what is wrong.
absl::StatusOr<absl::flat_hash_map<std::string, std::string>> ReadRowNames(const RowNamesOptions& options);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_ROW_NAMES_H_
