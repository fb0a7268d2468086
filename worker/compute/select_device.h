// Which of a host's GPUs a worker computes with.
#ifndef SHOAL_WORKER_COMPUTE_SELECT_DEVICE_H_
#define SHOAL_WORKER_COMPUTE_SELECT_DEVICE_H_

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "proto/job.pb.h"
#include "worker/compute/device_info.h"

namespace shoal {

// The device `asked`, or, where nothing is asked for, number `rank` modulo their number. InvalidArgument: there is no
// such device; names those that there are. REQUIRES: there is one at least, rank >= 0.
absl::StatusOr<DeviceInfo> SelectDevice(absl::Span<const DeviceInfo> devices, int rank, absl::optional<int> asked);

// What `shoal` asks for worker `rank`: cluster.devices, where there are any.
absl::optional<int> AskedDevice(const ClusterConfig& cluster, int rank);

// Whether no two workers of a host with `num_devices` GPUs compute with the same one.
bool WorkersHaveDevicesOfTheirOwn(const ClusterConfig& cluster, int num_devices);

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_SELECT_DEVICE_H_
