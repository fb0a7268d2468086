#include "launcher/published_values.h"

#include "absl/strings/str_cat.h"

namespace shoal {

absl::Status PublishedValues::Publish(uint32_t worker_rank, const std::string& key, absl::string_view value) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key of worker ", worker_rank, " has ", key.size(), " bytes, not 1 to ", kMaxKeyBytes));
  }
  if (value.size() > kMaxValueBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the value of worker ", worker_rank, " under '", key, "' has ",
                                                   value.size(), " bytes, more than ", kMaxValueBytes));
  }
  const auto found = values_.find(key);
  if (found != values_.end()) {
    if (found->second.publisher == worker_rank && found->second.bytes == value) return absl::OkStatus();
    return absl::AlreadyExistsError(absl::StrCat("worker ", worker_rank, " cannot publish under '", key, "': worker ",
                                                 found->second.publisher, " has published another value there"));
  }
  int& keys = keys_of_worker_[worker_rank];
  if (keys == kMaxKeysPerWorker) {
    return absl::ResourceExhaustedError(
        absl::StrCat("worker ", worker_rank, " has published ", keys, " keys; '", key, "' is one too many"));
  }
  ++keys;
  values_.emplace(key, Value{worker_rank, std::string(value)});
  return absl::OkStatus();
}

const std::string* PublishedValues::Find(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second.bytes;
}

}  // namespace shoal
