// The lock of a run's folder: one launcher at a time writes there.
//
// The file DIR/lock stays behind and marks the folder as a run. The kernel gives the lock up with its holder, however
// that ends.
#ifndef SHOAL_LAUNCHER_RUN_LOCK_H_
#define SHOAL_LAUNCHER_RUN_LOCK_H_

#include <utility>

#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "launcher/file_descriptor.h"
#include "launcher/run_directory.h"

namespace shoal {

class RunLock {
 public:
  // Creates the folder and the file if need be and holds the lock until the object goes; children do not inherit it.
  // AlreadyExists names the folder: another launcher holds the lock.
  static absl::StatusOr<RunLock> Take(FileSystem& files, const RunDirectory& directory);

 private:
  explicit RunLock(FileDescriptor fd) : fd_(std::move(fd)) {}

  FileDescriptor fd_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_RUN_LOCK_H_
