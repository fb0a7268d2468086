#include "worker/collective/coordinator_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gloo/common/error.h"

namespace shoal {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(5);

}  // namespace

CoordinatorStore::CoordinatorStore(const Options& options, CoordinatorLink* link)
    : options_(options), link_(link), deadline_(options.clock->Now() + options.timeout) {}

void CoordinatorStore::Fail(absl::Status status) {
  status_ = std::move(status);
  throw gloo::IoException(std::string(status_.message()));
}

ExchangeRequest CoordinatorStore::MakeRequest(const std::string& key) const {
  ExchangeRequest request;
  request.set_worker_rank(options_.worker_rank);
  request.set_incarnation(options_.incarnation);
  request.set_key(absl::StrCat("gloo/", key));
  return request;
}

ExchangeReply CoordinatorStore::Exchange(const ExchangeRequest& request) {
  absl::StatusOr<ExchangeReply> reply = link_->Exchange(request);
  if (!reply.ok()) Fail(reply.status());
  return *std::move(reply);
}

void CoordinatorStore::set(const std::string& key, const std::vector<char>& data) {
  ExchangeRequest request = MakeRequest(key);
  request.set_value(std::string(data.begin(), data.end()));
  Exchange(request);
}

std::vector<char> CoordinatorStore::get(const std::string& key) {
  const ExchangeRequest request = MakeRequest(key);
  while (true) {
    const ExchangeReply reply = Exchange(request);
    if (reply.found()) return {reply.value().begin(), reply.value().end()};
    if (options_.clock->Now() >= deadline_) {
      // Gloo's key of an address is its worker's rank.
      Fail(absl::DeadlineExceededError(absl::StrCat("nobody has published '", request.key(), "' within ",
                                                    absl::FormatDuration(options_.timeout),
                                                    ": the worker of that rank has not come so far")));
    }
    options_.clock->Sleep(kPollInterval);
  }
}

void CoordinatorStore::wait(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) get(key);
}

void CoordinatorStore::wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& /*timeout*/) {
  wait(keys);
}

}  // namespace shoal
