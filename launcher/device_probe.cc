#include "launcher/device_probe.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/file_system.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "launcher/process.h"
#include "launcher/socket_directory.h"

namespace shoal {
namespace {

constexpr int64_t kMaxAnswerBytes = int64_t{1} << 20;

// Whether the process ended in time.
bool AwaitEnd(const Process& process, absl::Duration timeout) {
  pollfd entry = {process.fd(), POLLIN, 0};
  const absl::Time deadline = SteadyNow() + timeout;
  while (true) {
    const absl::Duration left = std::max(deadline - SteadyNow(), absl::ZeroDuration());
    const int ready = poll(&entry, 1, static_cast<int>(absl::ToInt64Milliseconds(left)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

}  // namespace

DeviceList ProbeDevices(const std::string& binary_directory, absl::Duration timeout) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<SocketDirectory> scratch, SocketDirectory::Create(TemporaryDirectory()));
  const std::string answer = absl::StrCat(scratch->path(), "/devices.json");
  const std::string worker = absl::StrCat(binary_directory, "/shoal-worker");
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<Process> process,
                         Process::Start({{worker, "--devices", "--json"}, answer}));
  if (!AwaitEnd(*process, timeout)) {
    return absl::DeadlineExceededError(
        absl::StrCat(worker, " --devices gave no answer within ", absl::FormatDuration(timeout), ": see nvidia-smi"));
  }
  SHOAL_ASSIGN_OR_RETURN(const std::string json, ReadFile(PosixFileSystem(), answer, kMaxAnswerBytes));
  DeviceList devices = ParseDeviceList(json);
  if (!absl::IsInternal(devices.status())) return devices;
  return absl::InternalError(absl::StrCat(worker, " --devices ", DescribeExit(process->TakeExit().value_or(0)), "; ",
                                          devices.status().message()));
}

}  // namespace shoal
