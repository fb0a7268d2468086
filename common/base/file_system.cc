#include "common/base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

absl::Status ErrnoStatus(int error, absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
}

// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

class PosixWritableFile : public WritableFile {
 public:
  PosixWritableFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  absl::Status Append(absl::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return ErrnoStatus(errno, "cannot write", path_);
      }
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    if (fsync(fd_.get()) != 0) return ErrnoStatus(errno, "cannot fsync", path_);
    return absl::OkStatus();
  }

  absl::Status Close() override {
    // Not repeated after EINTR: on Linux the descriptor is gone either way.
    if (close(fd_.Release()) != 0) return ErrnoStatus(errno, "cannot close", path_);
    return absl::OkStatus();
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixReadableFile : public ReadableFile {
 public:
  PosixReadableFile(int fd, uint64_t size, std::string path) : fd_(fd), size_(size), path_(std::move(path)) {}

  uint64_t size() const override { return size_; }

  absl::Status Read(uint64_t offset, size_t length, char* out) const override {
    while (length > 0) {
      const ssize_t count = pread(fd_.get(), out, length, static_cast<off_t>(offset));
      if (count < 0) {
        if (errno == EINTR) continue;
        return ErrnoStatus(errno, "cannot read", path_);
      }
      if (count == 0) {
        return absl::DataLossError(absl::StrCat(path_, " ends at byte ", offset, ", ", length, " bytes too early"));
      }
      out += count;
      offset += static_cast<uint64_t>(count);
      length -= static_cast<size_t>(count);
    }
    return absl::OkStatus();
  }

 private:
  Descriptor fd_;
  uint64_t size_;
  std::string path_;
};

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

class PosixFiles : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<WritableFile>> CreateFile(const std::string& path) override {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return ErrnoStatus(errno, "cannot create", path);
    return std::make_unique<PosixWritableFile>(fd, path);
  }

  absl::StatusOr<std::unique_ptr<ReadableFile>> OpenFile(const std::string& path) override {
    Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return ErrnoStatus(errno, "cannot open", path);
    struct stat info;
    if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, "cannot stat", path);
    if (S_ISDIR(info.st_mode)) return ErrnoStatus(EISDIR, "cannot open", path);
    return std::make_unique<PosixReadableFile>(fd.Release(), static_cast<uint64_t>(info.st_size), path);
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0)
      return ErrnoStatus(errno, absl::StrCat("cannot rename ", from, " to"), to);
    return absl::OkStatus();
  }

  absl::Status CreateDirectories(const std::string& path) override {
    if (mkdir(path.c_str(), 0777) == 0) return SyncDirectory(ParentOf(path));
    const int error = errno;
    if (error == ENOENT && !path.empty()) {
      SHOAL_RETURN_IF_ERROR(CreateDirectories(ParentOf(path)));
      if (mkdir(path.c_str(), 0777) == 0) return SyncDirectory(ParentOf(path));
      if (errno != EEXIST) return ErrnoStatus(errno, "cannot create directory", path);
      return absl::OkStatus();
    }
    struct stat info;
    if (error == EEXIST && stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return absl::OkStatus();
    return ErrnoStatus(error, "cannot create directory", path);
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const Descriptor fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) return ErrnoStatus(errno, "cannot open directory", path);
    if (fsync(fd.get()) != 0) return ErrnoStatus(errno, "cannot fsync directory", path);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(path, error);
    while (!error && entry != std::filesystem::directory_iterator()) {
      names.push_back(entry->path().filename().string());
      entry.increment(error);
    }
    if (error) return ErrnoStatus(error.value(), "cannot list directory", path);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status RemoveTree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return ErrnoStatus(error.value(), "cannot remove", path);
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Exists(const std::string& path) override {
    struct stat info;
    if (stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return ErrnoStatus(errno, "cannot stat", path);
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static PosixFiles* const files = new PosixFiles();
  return *files;
}

absl::Status WriteFile(FileSystem& file_system, const std::string& path, absl::string_view contents) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, file_system.CreateFile(path));
  SHOAL_RETURN_IF_ERROR(file->Append(contents));
  SHOAL_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

absl::StatusOr<std::string> ReadFile(FileSystem& file_system, const std::string& path, uint64_t max_bytes) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, file_system.OpenFile(path));
  if (file->size() > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, " has ", file->size(), " bytes; at most ", max_bytes, " are read"));
  }
  std::string contents(file->size(), '\0');
  SHOAL_RETURN_IF_ERROR(file->Read(0, contents.size(), contents.data()));
  return contents;
}

}  // namespace shoal
