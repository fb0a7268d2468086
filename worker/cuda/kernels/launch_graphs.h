// Launches of a model that are the same from batch to batch, each part of them as one: a small batch's step takes as
// long as its launches.
//
// A part is queued as it is the first time, in which libraries choose their kernels and load them, recorded the second
// time, and launched as recorded from then on. All that was recorded is forgotten once memory of the device has been
// freed, so that no launch has an address that is no longer its buffer's.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_LAUNCH_GRAPHS_H_
#define SHOAL_WORKER_CUDA_KERNELS_LAUNCH_GRAPHS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/tower/matrix_view.h"

namespace shoal {

class LaunchGraphs {
 public:
  // What tells the launches of one object's parts apart.
  struct Key {
    absl::string_view part;  // A literal: "forward".
    ConstMatrixView batch;   // What it begins with.
    bool training = false;

    bool operator<(const Key& other) const { return Tie() < other.Tie(); }
    std::tuple<absl::string_view, const float*, int64_t, int, bool> Tie() const {
      return {part, batch.data, batch.rows, batch.cols, training};
    }
  };
  // Parts beyond are queued as they are.
  static constexpr size_t kMaxGraphs = 16;

  // `device` outlives the object. Without `records` all is queued as it is.
  LaunchGraphs(const ComputeDevice* device, bool records) : device_(*device), records_(records) {}

  // Queues what `queue` does, which is called, if at all, before this returns. An error is an earlier one of the
  // device, or names the part that could not be recorded and says how to do without graphs. REQUIRES: `queue` does
  // nothing but queue what LaunchRecorder can record, and that is the same for equal keys unless memory of the device
  // has been freed.
  absl::Status Run(const Key& key, absl::FunctionRef<void()> queue);

 private:
  absl::StatusOr<std::unique_ptr<RecordedLaunches>> Record(const Key& key, absl::FunctionRef<void()> queue);

  const ComputeDevice& device_;
  const bool records_;
  int64_t num_frees_ = 0;                                    // When the first of graphs_ was added.
  std::map<Key, std::unique_ptr<RecordedLaunches>> graphs_;  // Null: queued once.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_LAUNCH_GRAPHS_H_
