#include "worker/collective/coordinator_exchange.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/coordination/is_current_group.h"

namespace shoal {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(5);

}  // namespace

CoordinatorExchange::CoordinatorExchange(const Options& options, CoordinatorLink* link)
    : options_(options), link_(link), deadline_(options.clock->Now() + options.timeout) {}

ExchangeRequest CoordinatorExchange::MakeRequest(const std::string& key) const {
  ExchangeRequest request;
  request.set_worker_rank(options_.worker_rank);
  request.set_incarnation(options_.incarnation);
  request.set_key(key);
  return request;
}

absl::Status CoordinatorExchange::Publish(const std::string& key, const std::string& value) {
  ExchangeRequest request = MakeRequest(key);
  request.set_value(value);
  return link_->Exchange(request).status();
}

absl::Status CoordinatorExchange::CheckCurrent() {
  SHOAL_ASSIGN_OR_RETURN(const bool is_current, IsCurrentGroup(*link_, options_.worker_rank, options_.incarnation));
  if (is_current) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the group of incarnation ", options_.incarnation, " is over"));
}

absl::StatusOr<std::string> CoordinatorExchange::Await(const std::string& key) {
  const ExchangeRequest request = MakeRequest(key);
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const ExchangeReply reply, link_->Exchange(request));
    if (reply.found()) return reply.value();
    if (options_.clock->Now() >= deadline_) {
      return absl::DeadlineExceededError(absl::StrCat("nobody has published '", key, "' within ",
                                                      absl::FormatDuration(options_.timeout),
                                                      ": the worker that does has not come so far"));
    }
    options_.clock->Sleep(kPollInterval);
  }
}

}  // namespace shoal
