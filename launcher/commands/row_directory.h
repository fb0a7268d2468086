// What people call the rows of a table: by key of its vocabulary, by name, by id.
//
// Thread safety: immutable after construction.
#ifndef SHOAL_LAUNCHER_COMMANDS_ROW_DIRECTORY_H_
#define SHOAL_LAUNCHER_COMMANDS_ROW_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

class RowDirectory {
 public:
  // `keys` by id; rows behind them, all where there are none, have their id for a key. `names` by key.
  RowDirectory(std::string table, int64_t num_rows, std::vector<std::string> keys,
               absl::flat_hash_map<std::string, std::string> names);

  // The row of that key or else of that name. NotFound: there is none; lists keys and names that are near or contain
  // it. InvalidArgument: several rows have the name; lists their ids.
  absl::StatusOr<uint64_t> Find(absl::string_view key_or_name) const;

  bool has_keys() const { return !keys_.empty(); }
  bool has_names() const { return !names_.empty(); }

  std::string KeyOf(uint64_t id) const;
  // Empty where the row has none.
  absl::string_view NameOf(uint64_t id) const;
  // "'Toy Story (1995)' (key '1', id 0)"; what there is.
  std::string Describe(uint64_t id) const;

 private:
  std::string NotFoundMessage(absl::string_view key_or_name) const;

  std::string table_;
  int64_t num_rows_;
  std::vector<std::string> keys_;
  absl::flat_hash_map<std::string, std::string> names_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_ROW_DIRECTORY_H_
