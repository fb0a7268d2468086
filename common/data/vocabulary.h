// Keys and their row ids, in order of first appearance. Keys are any bytes but line feeds.
//
// Thread safety: const methods may run concurrently.
#ifndef SHOAL_COMMON_DATA_VOCABULARY_H_
#define SHOAL_COMMON_DATA_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace shoal {

class Vocabulary {
 public:
  // Reads one key a line. InvalidArgument names file, line and key where a key stands twice.
  static absl::StatusOr<Vocabulary> Read(const std::string& path);
  absl::Status Write(const std::string& path) const;

  // Id of the key, which is added if it is new.
  uint64_t Add(absl::string_view key);
  absl::optional<uint64_t> Find(absl::string_view key) const;

  int64_t size() const { return static_cast<int64_t>(keys_.size()); }
  // REQUIRES: id < size().
  const std::string& key(uint64_t id) const { return keys_[id]; }

 private:
  std::vector<std::string> keys_;
  absl::flat_hash_map<std::string, uint64_t> ids_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_VOCABULARY_H_
