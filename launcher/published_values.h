// What a job's workers have published for each other, by key. A key has one publisher and one value for ever, so that a
// message that comes twice changes nothing.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_PUBLISHED_VALUES_H_
#define SHOAL_LAUNCHER_PUBLISHED_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace shoal {

class PublishedValues {
 public:
  static constexpr size_t kMaxKeyBytes = 128;
  static constexpr size_t kMaxValueBytes = size_t{64} << 10;
  static constexpr int kMaxKeysPerWorker = 16;

  // InvalidArgument: the key or the value has no size that is allowed. AlreadyExists: another worker has published
  // under the key, or this one another value. ResourceExhausted: the worker has published too many keys. All leave the
  // values as they were.
  absl::Status Publish(uint32_t worker_rank, const std::string& key, absl::string_view value);

  // Null: nothing is published under the key. Valid until the next Publish.
  const std::string* Find(const std::string& key) const;

 private:
  struct Value {
    uint32_t publisher;
    std::string bytes;
  };
  std::map<std::string, Value> values_;
  std::map<uint32_t, int> keys_of_worker_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PUBLISHED_VALUES_H_
