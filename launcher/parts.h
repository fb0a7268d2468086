// One part from each of n senders, kept until all are there. What a sender says first counts; repetitions do nothing.
#ifndef SHOAL_LAUNCHER_PARTS_H_
#define SHOAL_LAUNCHER_PARTS_H_

#include <utility>
#include <vector>

#include "absl/types/optional.h"

namespace shoal {

template <typename T>
class Parts {
 public:
  explicit Parts(int senders) : parts_(senders), missing_(senders) {}

  // REQUIRES: 0 <= sender < senders.
  void Add(int sender, T part) {
    if (parts_[sender].has_value()) return;
    parts_[sender] = std::move(part);
    --missing_;
  }

  // Nothing will come from those who are missing: theirs is T().
  void CompleteWithout() {
    for (absl::optional<T>& part : parts_) {
      if (!part.has_value()) part.emplace();
    }
    missing_ = 0;
  }

  // REQUIRES: 0 <= sender < senders.
  bool has(int sender) const { return parts_[sender].has_value(); }
  bool complete() const { return missing_ == 0; }

  // In the order of the senders. REQUIRES: complete().
  const T& operator[](int sender) const { return *parts_[sender]; }
  int size() const { return static_cast<int>(parts_.size()); }

 private:
  std::vector<absl::optional<T>> parts_;
  int missing_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PARTS_H_
