// Owns a file descriptor.
#ifndef SHOAL_LAUNCHER_FILE_DESCRIPTOR_H_
#define SHOAL_LAUNCHER_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace shoal {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() { Close(); }

  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_FILE_DESCRIPTOR_H_
