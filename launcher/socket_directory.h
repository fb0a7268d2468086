// A folder for the sockets of a job that only its user can enter, removed at the end.
#ifndef SHOAL_LAUNCHER_SOCKET_DIRECTORY_H_
#define SHOAL_LAUNCHER_SOCKET_DIRECTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace shoal {

class SocketDirectory {
 public:
  // Creates <parent>/shoal-XXXXXX with mode 0700. InvalidArgument: the path is too long for a Unix socket's address,
  // which holds 107 characters.
  static absl::StatusOr<std::unique_ptr<SocketDirectory>> Create(const std::string& parent);
  ~SocketDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit SocketDirectory(std::string path) : path_(std::move(path)) {}

  const std::string path_;
};

// ${TMPDIR}, or /tmp.
std::string TemporaryDirectory();

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_SOCKET_DIRECTORY_H_
