#include "tests/support/nccl_collectives.h"

#include "absl/strings/str_cat.h"
#include "tests/support/gpu_absence.h"
#include "worker/collective/nccl_collective.h"
#include "worker/cuda/cuda_allocator.h"
#include "worker/cuda/cuda_devices.h"

namespace shoal {

std::string WhyNoNcclCollectives(int size) {
  const absl::StatusOr<std::vector<DeviceInfo>> devices = ListCudaDevices();
  if (MaySkipWithoutGpu(devices.status())) return absl::StrCat("no GPU: ", devices.status().message());
  if (!devices.ok()) return "";  // To connect fails, too, and says why.
  const auto count = static_cast<int>(devices->size());
  return count >= size ? "" : absl::StrCat("needs ", size, " GPUs, there are ", count);
}

Collectives ConnectNcclCollectives(int size, absl::Duration timeout) {
  static auto* const allocator = new CudaAllocator();  // Outlives them all.
  return ConnectOnThreads(size, [&](int rank, CoordinatorLink* link) -> absl::StatusOr<std::unique_ptr<Collective>> {
    NcclCollective::Options options;
    options.rank = rank;
    options.size = size;
    options.incarnation = 1;
    options.device = rank;
    options.timeout = timeout;
    return NcclCollective::Connect(options, link, allocator);
  });
}

}  // namespace shoal
