// What the CPU's device is asked for: it is done at once, or, while it is being recorded, kept for later.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_HOST_QUEUE_H_
#define SHOAL_WORKER_CUDA_KERNELS_HOST_QUEUE_H_

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace shoal {

class HostQueue {
 public:
  using Work = std::function<void()>;

  // `work` holds its arguments by value, as a launch on a GPU does.
  template <class W>
  void Do(W work) {
    if (is_recording_) {
      recorded_.push_back(std::move(work));
    } else {
      work();
    }
  }

  void BeginRecording() { is_recording_ = true; }
  // REQUIRES: BeginRecording. FailedPrecondition: something was asked for that a GPU does not record.
  absl::StatusOr<std::vector<Work>> EndRecording() {
    is_recording_ = false;
    std::vector<Work> recorded = std::exchange(recorded_, {});
    absl::Status refused = std::exchange(refused_, absl::OkStatus());
    if (!refused.ok()) return refused;
    return recorded;
  }

  // Of what a GPU does not record: OK, or, while launches are recorded, an error, which EndRecording returns too.
  absl::Status CheckDoes(absl::string_view what) {
    if (!is_recording_) return absl::OkStatus();
    absl::Status refused =
        absl::FailedPreconditionError(absl::StrCat(what, " was asked for while launches were recorded"));
    refused_.Update(refused);
    return refused;
  }

 private:
  bool is_recording_ = false;
  std::vector<Work> recorded_;
  absl::Status refused_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_HOST_QUEUE_H_
