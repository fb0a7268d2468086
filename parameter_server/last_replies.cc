#include "parameter_server/last_replies.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

bool AreSameRows(const TableIds& a, const TableIds& b) {
  return a.table() == b.table() && a.with_state() == b.with_state() &&
         std::equal(a.ids().begin(), a.ids().end(), b.ids().begin(), b.ids().end());
}

bool AreSamePulls(const PullRequest& a, const PullRequest& b) {
  return a.header().step() == b.header().step() && a.header().dtype() == b.header().dtype() &&
         std::equal(a.tables().begin(), a.tables().end(), b.tables().begin(), b.tables().end(), AreSameRows);
}

}  // namespace

void LastReplies::Keep(PullRequest request, Payload reply) {
  absl::optional<Sent>& place = next_[request.header().worker_rank()];
  place = Sent{std::move(request), std::move(reply)};
}

void LastReplies::OnApplied() {
  applied_.swap(next_);
  for (absl::optional<Sent>& sent : next_) sent.reset();
}

const Payload* LastReplies::Find(const PullRequest& request) const {
  const absl::optional<Sent>& sent = applied_[request.header().worker_rank()];
  return sent.has_value() && AreSamePulls(sent->request, request) ? &sent->reply : nullptr;
}

}  // namespace shoal
