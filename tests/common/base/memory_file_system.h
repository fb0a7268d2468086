// Files in memory that behave as badly as a real disk may: what was not synced can be lost or torn at a crash, space
// runs out, and operations fail from any chosen one on.
//
// Thread safety: external.
#ifndef SHOAL_TESTS_COMMON_BASE_MEMORY_FILE_SYSTEM_H_
#define SHOAL_TESTS_COMMON_BASE_MEMORY_FILE_SYSTEM_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/base/file_system.h"

namespace shoal {

class MemoryFileSystem : public FileSystem {
 public:
  MemoryFileSystem();

  absl::StatusOr<std::unique_ptr<WritableFile>> CreateFile(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<ReadableFile>> OpenFile(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status CreateDirectories(const std::string& path) override;
  absl::Status SyncDirectory(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& path) override;
  absl::Status RemoveTree(const std::string& path) override;
  absl::StatusOr<bool> Exists(const std::string& path) override;

  // The next `operations` changes (everything but reading) succeed; all later ones fail with Unavailable and do
  // nothing, except that the first failing Append writes half of its bytes. Until Crash.
  void FailAfter(int64_t operations) { operations_left_ = operations; }
  // Changes made or refused so far.
  int64_t operations() const { return operations_; }

  // Appends that would make the files larger than this in total write what fits and fail with ResourceExhausted.
  void SetCapacity(uint64_t bytes) { capacity_ = bytes; }

  // The machine stops and starts again. Each change that was not synced is kept where `survives` says so: the names of
  // a directory all or none, a file's contents whole, by half, or not. Open files must not be used any more.
  void Crash(absl::FunctionRef<bool()> survives);

 private:
  friend class MemoryWritableFile;

  struct Node {
    bool is_directory = false;
    std::string contents;
    std::string synced_contents;
    std::map<std::string, std::shared_ptr<Node>> entries;
    std::map<std::string, std::shared_ptr<Node>> synced_entries;
  };

  // Null: there is none.
  std::shared_ptr<Node> Find(const std::string& path) const;
  // The directory that holds the path's last name, and that name.
  absl::StatusOr<std::pair<std::shared_ptr<Node>, std::string>> FindParent(const std::string& path) const;
  absl::Status BeginChange(const std::string& path);
  static void CrashNode(Node* node, absl::FunctionRef<bool()> survives);
  static uint64_t BytesUnder(const Node& node);

  std::shared_ptr<Node> root_;
  int64_t operations_ = 0;
  // -1: an operation was refused.
  int64_t operations_left_ = std::numeric_limits<int64_t>::max();
  uint64_t capacity_ = std::numeric_limits<uint64_t>::max();
};

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_BASE_MEMORY_FILE_SYSTEM_H_
