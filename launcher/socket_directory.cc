#include "launcher/socket_directory.h"

#include <stdlib.h>
#include <sys/un.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

// The longest name that is put into the folder.
constexpr absl::string_view kLongestName = "/coordinator.sock";

}  // namespace

absl::StatusOr<std::unique_ptr<SocketDirectory>> SocketDirectory::Create(const std::string& parent) {
  std::string path = absl::StrCat(parent, "/shoal-XXXXXX");
  if (path.size() + kLongestName.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat("TMPDIR '", parent,
                                                   "' is too long for the address of a Unix socket; set TMPDIR to a "
                                                   "shorter path, such as /tmp"));
  }
  if (mkdtemp(path.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create a folder for sockets in ", parent));
  }
  return std::unique_ptr<SocketDirectory>(new SocketDirectory(std::move(path)));
}

SocketDirectory::~SocketDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory() {
  const char* directory = getenv("TMPDIR");
  return directory == nullptr || *directory == '\0' ? "/tmp" : directory;
}

}  // namespace shoal
