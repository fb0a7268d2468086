// Wakes a thread that polls, from any other thread.
//
// Thread safety: all methods may be called concurrently.
#ifndef SHOAL_LAUNCHER_WAKE_EVENT_H_
#define SHOAL_LAUNCHER_WAKE_EVENT_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "launcher/file_descriptor.h"

namespace shoal {

class WakeEvent {
 public:
  static absl::StatusOr<std::unique_ptr<WakeEvent>> Create();

  // Readable from Set until Clear.
  int fd() const { return fd_.get(); }
  void Set();
  void Clear();

 private:
  explicit WakeEvent(FileDescriptor fd) : fd_(std::move(fd)) {}

  const FileDescriptor fd_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_WAKE_EVENT_H_
