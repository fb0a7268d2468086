#include "launcher/wake_event.h"

#include <sys/eventfd.h>

#include <cerrno>

#include "absl/status/status.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<WakeEvent>> WakeEvent::Create() {
  FileDescriptor fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  return std::unique_ptr<WakeEvent>(new WakeEvent(std::move(fd)));
}

void WakeEvent::Set() { eventfd_write(fd_.get(), 1); }

void WakeEvent::Clear() {
  eventfd_t value;
  eventfd_read(fd_.get(), &value);
}

}  // namespace shoal
