// The accelerator of a binary that was built without CUDA.
#include "absl/status/status.h"
#include "worker/compute/accelerator.h"

namespace shoal {
namespace {

class NoAccelerator final : public Accelerator {
 public:
  absl::StatusOr<std::vector<DeviceInfo>> ListDevices() const override { return Error(); }
  absl::StatusOr<std::unique_ptr<Compute>> Open(const DeviceInfo& /*device*/) const override { return Error(); }

 private:
  static absl::Status Error() {
    return absl::FailedPreconditionError(
        "this shoal-worker was built without CUDA: build it where nvcc and NCCL are (docs/gpu.md)");
  }
};

}  // namespace

std::unique_ptr<Accelerator> MakeAccelerator() { return std::make_unique<NoAccelerator>(); }

}  // namespace shoal
