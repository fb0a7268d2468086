// What shoal does with files, behind an interface: tests replace it by one that loses unsynced data, runs out of space
// and stops at any operation.
//
// Every error names the path and what the system said. NotFound: the path does not exist. ResourceExhausted: no space.
#ifndef SHOAL_COMMON_BASE_FILE_SYSTEM_H_
#define SHOAL_COMMON_BASE_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

// A file being written from its start. After an error the file's contents are unknown: give it up.
//
// Thread safety: external.
class WritableFile {
 public:
  // Closes the file if Close was not called; what was not synced may be lost.
  virtual ~WritableFile() = default;
  // Unbuffered: callers gather large blocks.
  virtual absl::Status Append(absl::string_view bytes) = 0;
  // Makes what was appended survive a crash of the machine (its name survives by FileSystem::SyncDirectory).
  virtual absl::Status Sync() = 0;
  // REQUIRES: nothing is called afterwards.
  virtual absl::Status Close() = 0;
};

// Thread safety: const methods may run concurrently.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Bytes, as of opening.
  virtual uint64_t size() const = 0;
  // Reads exactly `length` bytes at `offset` into `out`. DataLoss: the file ends before that.
  virtual absl::Status Read(uint64_t offset, size_t length, char* out) const = 0;
};

// Thread safety: all methods may run concurrently; the caller orders operations on the same path.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // An existing file is emptied.
  virtual absl::StatusOr<std::unique_ptr<WritableFile>> CreateFile(const std::string& path) = 0;
  virtual absl::StatusOr<std::unique_ptr<ReadableFile>> OpenFile(const std::string& path) = 0;
  // A file at `to` is replaced; a directory there must be empty. Durable after SyncDirectory of both parents.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  // Creates the directory and missing parents, durably. Nothing happens if it exists.
  virtual absl::Status CreateDirectories(const std::string& path) = 0;
  // Makes names created in, removed from or renamed within the directory survive a crash of the machine.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
  // Names in the directory, ascending.
  virtual absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) = 0;
  // Removes a file, or a directory with all that it holds. Nothing happens if it does not exist.
  virtual absl::Status RemoveTree(const std::string& path) = 0;
  virtual absl::StatusOr<bool> Exists(const std::string& path) = 0;
};

// The files of this machine. Lives as long as the process.
FileSystem& PosixFileSystem();

// Creates, writes, syncs and closes a file. On failure an incomplete file may remain.
absl::Status WriteFile(FileSystem& file_system, const std::string& path, absl::string_view contents);

// The whole file. ResourceExhausted: it is larger than `max_bytes`.
absl::StatusOr<std::string> ReadFile(FileSystem& file_system, const std::string& path, uint64_t max_bytes);

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_FILE_SYSTEM_H_
