#include "launcher/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "launcher/exit_codes.h"

namespace shoal {

absl::StatusOr<RunLock> RunLock::Take(FileSystem& files, const RunDirectory& directory) {
  SHOAL_RETURN_IF_ERROR(files.CreateDirectories(directory.path()));
  const std::string path = directory.lock_file();
  FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return RunLock(std::move(fd));
  if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path));
  return WithExitCode(absl::AlreadyExistsError(absl::StrCat(directory.path(),
                                                            " is in use: another `shoal train` writes there (it holds ",
                                                            path, "); wait for its end, or give another --output")),
                      kExitUsage);
}

}  // namespace shoal
