// The workers that train together. The group is formed anew, under the next incarnation, whenever one of them is lost
// or misses another; it is complete, and training goes on, once every rank has joined it.
//
// A worker joins an incarnation by its number, which it is told: messages that come late say another number and change
// nothing.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_WORKER_GROUP_H_
#define SHOAL_LAUNCHER_WORKER_GROUP_H_

#include <cstdint>
#include <vector>

#include "absl/types/optional.h"

namespace shoal {

class WorkerGroup {
 public:
  // REQUIRES: size >= 1.
  explicit WorkerGroup(int size) : members_(size) {}

  static constexpr uint32_t kFirstIncarnation = 1;
  // Of the group that trains, or is being formed.
  uint32_t incarnation() const { return incarnation_; }
  bool complete() const { return num_joined_ == size(); }
  bool has_joined(uint32_t rank) const { return members_[rank].joined; }

  // Nothing happens if `incarnation` is not the one that is being formed, or if the worker has joined it. `step`: as in
  // RegisterRequest.
  void Join(uint32_t rank, uint32_t incarnation, absl::optional<uint64_t> step);
  // The worker cannot go on in that incarnation. Nothing happens if it is not complete, or another.
  void Leave(uint32_t incarnation);
  // The worker is no more.
  void Lose(uint32_t rank);

  // Rank of a worker that knows the highest step; none: no worker knows one. REQUIRES: complete().
  absl::optional<uint32_t> furthest() const;
  // REQUIRES: it was joined with a step.
  uint64_t step(uint32_t rank) const { return *members_[rank].step; }

 private:
  struct Member {
    bool joined = false;
    absl::optional<uint64_t> step;
  };
  int size() const { return static_cast<int>(members_.size()); }
  void FormAnew();

  uint32_t incarnation_ = kFirstIncarnation;
  std::vector<Member> members_;  // By rank.
  int num_joined_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_WORKER_GROUP_H_
