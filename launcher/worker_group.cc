#include "launcher/worker_group.h"

#include <algorithm>

namespace shoal {

void WorkerGroup::Join(uint32_t rank, uint32_t incarnation, absl::optional<uint64_t> step) {
  Member& member = members_[rank];
  if (incarnation != incarnation_ || member.joined) return;
  member = {true, step};
  ++num_joined_;
}

void WorkerGroup::Leave(uint32_t incarnation) {
  if (incarnation == incarnation_ && complete()) FormAnew();
}

void WorkerGroup::Lose(uint32_t rank) {
  if (members_[rank].joined) FormAnew();
}

void WorkerGroup::FormAnew() {
  ++incarnation_;
  std::fill(members_.begin(), members_.end(), Member());
  num_joined_ = 0;
}

absl::optional<uint32_t> WorkerGroup::furthest() const {
  absl::optional<uint32_t> furthest;
  for (uint32_t rank = 0; rank < members_.size(); ++rank) {
    if (!members_[rank].step.has_value()) continue;
    if (!furthest.has_value() || step(rank) > step(*furthest)) furthest = rank;
  }
  return furthest;
}

}  // namespace shoal
