#include "worker/group_watch.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace shoal {

GroupWatch::GroupWatch(CoordinatorLink* link, int rank, uint32_t incarnation, absl::Duration period,
                       std::function<void(absl::Status)> on_change)
    : link_(link),
      rank_(static_cast<uint32_t>(rank)),
      incarnation_(incarnation),
      period_(period),
      on_change_(std::move(on_change)),
      thread_([this] { Run(); }) {}

GroupWatch::~GroupWatch() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

bool GroupWatch::WaitForNext() {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&ending_), period_);
}

void GroupWatch::Run() {
  GroupRequest request;
  request.set_worker_rank(rank_);
  request.set_incarnation(incarnation_);
  while (WaitForNext()) {
    const absl::StatusOr<GroupReply> reply = link_->CheckGroup(request);
    if (!reply.ok()) return;
    if (reply->is_current()) continue;
    on_change_(absl::UnavailableError(absl::StrCat("the group of incarnation ", incarnation_, " is over")));
    return;
  }
}

}  // namespace shoal
