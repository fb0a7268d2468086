#include "worker/collective/coordinator_store.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gloo/common/error.h"

namespace shoal {
namespace {

// Gloo's key of an address is its worker's rank.
std::string InOurSpace(const std::string& key) { return absl::StrCat("gloo/", key); }

}  // namespace

void CoordinatorStore::Fail(absl::Status status) {
  status_ = std::move(status);
  throw gloo::IoException(std::string(status_.message()));
}

void CoordinatorStore::set(const std::string& key, const std::vector<char>& data) {
  absl::Status status = exchange_.Publish(InOurSpace(key), std::string(data.begin(), data.end()));
  if (!status.ok()) Fail(std::move(status));
}

std::vector<char> CoordinatorStore::get(const std::string& key) {
  const absl::StatusOr<std::string> value = exchange_.Await(InOurSpace(key));
  if (!value.ok()) Fail(value.status());
  return {value->begin(), value->end()};
}

void CoordinatorStore::wait(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) get(key);
}

void CoordinatorStore::wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& /*timeout*/) {
  wait(keys);
}

}  // namespace shoal
