// Files whose reading can be ended from outside, however deep the call that reads.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_BASE_INTERRUPTIBLE_FILES_H_
#define SHOAL_COMMON_BASE_INTERRUPTIBLE_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/interrupted.h"

namespace shoal {

// Another file system, but for this: before each read `interrupted` is asked, and the read is Cancelled where it says
// so. Files that it opens must not outlive it.
class InterruptibleFiles : public FileSystem {
 public:
  // Both outlive the object.
  InterruptibleFiles(FileSystem& files, Interrupted interrupted) : files_(files), interrupted_(interrupted) {}

  absl::StatusOr<std::unique_ptr<ReadableFile>> OpenFile(const std::string& path) override;

  absl::StatusOr<std::unique_ptr<WritableFile>> CreateFile(const std::string& path) override {
    return files_.CreateFile(path);
  }
  absl::Status Rename(const std::string& from, const std::string& to) override { return files_.Rename(from, to); }
  absl::Status CreateDirectories(const std::string& path) override { return files_.CreateDirectories(path); }
  absl::Status SyncDirectory(const std::string& path) override { return files_.SyncDirectory(path); }
  absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) override {
    return files_.ListDirectory(path);
  }
  absl::Status RemoveTree(const std::string& path) override { return files_.RemoveTree(path); }
  absl::StatusOr<bool> Exists(const std::string& path) override { return files_.Exists(path); }

 private:
  FileSystem& files_;
  const Interrupted interrupted_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_INTERRUPTIBLE_FILES_H_
