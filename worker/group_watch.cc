#include "worker/group_watch.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/coordination/is_current_group.h"

namespace shoal {

GroupWatch::GroupWatch(CoordinatorLink* link, int rank, uint32_t incarnation, absl::Duration period,
                       std::function<void(absl::Status)> on_change)
    : link_(link),
      rank_(rank),
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
  while (WaitForNext()) {
    const absl::StatusOr<bool> is_current = IsCurrentGroup(*link_, rank_, incarnation_);
    if (!is_current.ok()) return;
    if (*is_current) continue;
    on_change_(absl::UnavailableError(absl::StrCat("the group of incarnation ", incarnation_, " is over")));
    return;
  }
}

}  // namespace shoal
