#include "worker/cuda/cuda_compute.h"

#include <cuda_runtime_api.h>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "worker/collective/create_collective.h"
#include "worker/collective/nccl_collective.h"
#include "worker/compute/select_device.h"
#include "worker/cuda/cuda_status.h"
#include "worker/cuda/kernels/cuda_compute_device.h"
#include "worker/cuda/models/create_device_model.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<CudaCompute>> CudaCompute::Create(const DeviceInfo& device) {
  SHOAL_RETURN_IF_CUDA_ERROR(cudaSetDevice(device.ordinal));
  SHOAL_ASSIGN_OR_RETURN(CudaStream stream, CudaStream::Create());
  auto compute = absl::WrapUnique(new CudaCompute(device, std::move(stream)));
  SHOAL_ASSIGN_OR_RETURN(compute->kernels_, MakeCudaComputeDevice(compute->stream_, &compute->allocator_));
  return compute;
}

absl::StatusOr<std::unique_ptr<Model>> CudaCompute::CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                                const TrainingData* data) {
  return CreateDeviceModel(&kernels_, job, schedule, data, sums_.get());
}

absl::StatusOr<std::unique_ptr<Collective>> CudaCompute::CreateCollective(const RegisterReply& assignment, int rank,
                                                                          CoordinatorLink* link) {
  const ClusterConfig& cluster = assignment.job().job().cluster();
  int num_devices = 0;
  SHOAL_RETURN_IF_CUDA_ERROR(cudaGetDeviceCount(&num_devices));
  // NCCL wants a GPU for each worker; those that share one, in tests above all, meet over Gloo.
  if (cluster.workers() == 1 || !WorkersHaveDevicesOfTheirOwn(cluster, num_devices)) {
    return shoal::CreateCollective(assignment, rank, link);
  }
  NcclCollective::Options options;
  options.rank = rank;
  options.size = cluster.workers();
  options.incarnation = assignment.incarnation();
  options.device = device_.ordinal;
  options.connect_timeout = absl::Seconds(cluster.give_up_after_seconds());
  options.timeout = absl::Seconds(cluster.give_up_after_seconds());
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<NcclCollective> collective,
                         NcclCollective::Connect(options, link, &allocator_));
  SHOAL_ASSIGN_OR_RETURN(sums_, CudaGradientSums::Create(&stream_, collective.get()));
  return std::unique_ptr<Collective>(std::move(collective));
}

}  // namespace shoal
