// The GPUs of this host, asked of shoal-worker, since `shoal` links no CUDA.
#ifndef SHOAL_LAUNCHER_DEVICE_PROBE_H_
#define SHOAL_LAUNCHER_DEVICE_PROBE_H_

#include <string>

#include "absl/time/time.h"
#include "worker/compute/device_list.h"

namespace shoal {

// Runs `shoal-worker --devices --json` of the folder, and waits for it; a driver takes seconds to start where nobody
// uses it. FailedPrecondition: the worker says why there is none. Else the worker itself failed, or did not answer.
// REQUIRES: there are no threads yet.
DeviceList ProbeDevices(const std::string& binary_directory, absl::Duration timeout = absl::Seconds(60));

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_DEVICE_PROBE_H_
