#include "tests/common/base/memory_file_system.h"

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

std::vector<std::string> Components(const std::string& path) { return absl::StrSplit(path, '/', absl::SkipEmpty()); }

absl::Status ErrnoStatus(int error, const std::string& path) { return absl::ErrnoToStatus(error, path); }

class MemoryReadableFile : public ReadableFile {
 public:
  MemoryReadableFile(std::string contents, std::string path) : contents_(std::move(contents)), path_(std::move(path)) {}

  uint64_t size() const override { return contents_.size(); }

  absl::Status Read(uint64_t offset, size_t length, char* out) const override {
    if (offset > contents_.size() || length > contents_.size() - offset) {
      return absl::DataLossError(absl::StrCat(path_, " ends at byte ", contents_.size()));
    }
    std::copy_n(contents_.data() + offset, length, out);
    return absl::OkStatus();
  }

 private:
  std::string contents_;
  std::string path_;
};

}  // namespace

class MemoryWritableFile : public WritableFile {
 public:
  MemoryWritableFile(MemoryFileSystem* files, std::shared_ptr<MemoryFileSystem::Node> node, std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)) {}

  absl::Status Append(absl::string_view bytes) override {
    const bool first_failure = files_->operations_left_ == 0;
    if (absl::Status status = files_->BeginChange(path_); !status.ok()) {
      if (first_failure) node_->contents.append(bytes.data(), bytes.size() / 2);
      return status;
    }
    const uint64_t used = MemoryFileSystem::BytesUnder(*files_->root_);
    const uint64_t room = files_->capacity_ > used ? files_->capacity_ - used : 0;
    const size_t count = static_cast<size_t>(std::min<uint64_t>(room, bytes.size()));
    node_->contents.append(bytes.data(), count);
    return count == bytes.size() ? absl::OkStatus() : ErrnoStatus(ENOSPC, path_);
  }

  absl::Status Sync() override {
    SHOAL_RETURN_IF_ERROR(files_->BeginChange(path_));
    node_->synced_contents = node_->contents;
    return absl::OkStatus();
  }

  absl::Status Close() override { return files_->BeginChange(path_); }

 private:
  MemoryFileSystem* files_;
  std::shared_ptr<MemoryFileSystem::Node> node_;
  std::string path_;
};

MemoryFileSystem::MemoryFileSystem() : root_(std::make_shared<Node>()) { root_->is_directory = true; }

absl::StatusOr<std::unique_ptr<WritableFile>> MemoryFileSystem::CreateFile(const std::string& path) {
  SHOAL_RETURN_IF_ERROR(BeginChange(path));
  SHOAL_ASSIGN_OR_RETURN(const auto parent, FindParent(path));
  std::shared_ptr<Node>& node = parent.first->entries[parent.second];
  if (node == nullptr) node = std::make_shared<Node>();
  if (node->is_directory) return ErrnoStatus(EISDIR, path);
  node->contents.clear();
  return std::make_unique<MemoryWritableFile>(this, node, path);
}

absl::StatusOr<std::unique_ptr<ReadableFile>> MemoryFileSystem::OpenFile(const std::string& path) {
  const std::shared_ptr<Node> node = Find(path);
  if (node == nullptr) return ErrnoStatus(ENOENT, path);
  if (node->is_directory) return ErrnoStatus(EISDIR, path);
  return std::make_unique<MemoryReadableFile>(node->contents, path);
}

absl::Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  SHOAL_RETURN_IF_ERROR(BeginChange(to));
  SHOAL_ASSIGN_OR_RETURN(const auto source, FindParent(from));
  SHOAL_ASSIGN_OR_RETURN(const auto target, FindParent(to));
  const auto moved = source.first->entries.find(source.second);
  if (moved == source.first->entries.end()) return ErrnoStatus(ENOENT, from);
  const std::shared_ptr<Node> node = moved->second;
  std::shared_ptr<Node>& place = target.first->entries[target.second];
  if (place != nullptr && place->is_directory && !place->entries.empty()) return ErrnoStatus(ENOTEMPTY, to);
  place = node;
  source.first->entries.erase(source.second);
  return absl::OkStatus();
}

absl::Status MemoryFileSystem::CreateDirectories(const std::string& path) {
  std::shared_ptr<Node> node = root_;
  for (const std::string& name : Components(path)) {
    std::shared_ptr<Node>& child = node->entries[name];
    if (child == nullptr) {
      if (absl::Status status = BeginChange(path); !status.ok()) {
        node->entries.erase(name);
        return status;
      }
      child = std::make_shared<Node>();
      child->is_directory = true;
      node->synced_entries[name] = child;
    }
    if (!child->is_directory) return ErrnoStatus(ENOTDIR, path);
    node = std::shared_ptr<Node>(child);
  }
  return absl::OkStatus();
}

absl::Status MemoryFileSystem::SyncDirectory(const std::string& path) {
  SHOAL_RETURN_IF_ERROR(BeginChange(path));
  const std::shared_ptr<Node> node = Find(path);
  if (node == nullptr || !node->is_directory) return ErrnoStatus(ENOENT, path);
  node->synced_entries = node->entries;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> MemoryFileSystem::ListDirectory(const std::string& path) {
  const std::shared_ptr<Node> node = Find(path);
  if (node == nullptr) return ErrnoStatus(ENOENT, path);
  if (!node->is_directory) return ErrnoStatus(ENOTDIR, path);
  std::vector<std::string> names;
  for (const auto& [name, child] : node->entries) names.push_back(name);
  return names;
}

absl::Status MemoryFileSystem::RemoveTree(const std::string& path) {
  // As on a real disk, a tree goes file by file, and a failure leaves a part of it.
  const std::shared_ptr<Node> node = Find(path);
  if (node == nullptr) return absl::OkStatus();
  while (!node->entries.empty()) {
    SHOAL_RETURN_IF_ERROR(RemoveTree(absl::StrCat(path, "/", node->entries.begin()->first)));
  }
  SHOAL_RETURN_IF_ERROR(BeginChange(path));
  SHOAL_ASSIGN_OR_RETURN(const auto parent, FindParent(path));
  parent.first->entries.erase(parent.second);
  return absl::OkStatus();
}

absl::StatusOr<bool> MemoryFileSystem::Exists(const std::string& path) { return Find(path) != nullptr; }

void MemoryFileSystem::Crash(absl::FunctionRef<bool()> survives) {
  operations_left_ = std::numeric_limits<int64_t>::max();
  CrashNode(root_.get(), survives);
}

void MemoryFileSystem::CrashNode(Node* node, absl::FunctionRef<bool()> survives) {
  if (node->entries != node->synced_entries && !survives()) node->entries = node->synced_entries;
  node->synced_entries = node->entries;
  if (node->contents != node->synced_contents) {
    if (!survives()) {
      node->contents = node->synced_contents;
    } else if (!survives()) {
      node->contents.resize(node->contents.size() / 2);
    }
    node->synced_contents = node->contents;
  }
  for (const auto& [name, child] : node->entries) CrashNode(child.get(), survives);
}

std::shared_ptr<MemoryFileSystem::Node> MemoryFileSystem::Find(const std::string& path) const {
  std::shared_ptr<Node> node = root_;
  for (const std::string& name : Components(path)) {
    const auto child = node->entries.find(name);
    if (child == node->entries.end()) return nullptr;
    node = std::shared_ptr<Node>(child->second);
  }
  return node;
}

absl::StatusOr<std::pair<std::shared_ptr<MemoryFileSystem::Node>, std::string>> MemoryFileSystem::FindParent(
    const std::string& path) const {
  std::vector<std::string> names = Components(path);
  if (names.empty()) return ErrnoStatus(EINVAL, path);
  std::shared_ptr<Node> node = root_;
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    const auto child = node->entries.find(names[i]);
    if (child == node->entries.end()) return ErrnoStatus(ENOENT, path);
    node = std::shared_ptr<Node>(child->second);
  }
  if (!node->is_directory) return ErrnoStatus(ENOTDIR, path);
  return std::make_pair(std::move(node), std::move(names.back()));
}

absl::Status MemoryFileSystem::BeginChange(const std::string& path) {
  ++operations_;
  if (operations_left_ >= 0) --operations_left_;
  if (operations_left_ < 0) return absl::UnavailableError(absl::StrCat(path, ": injected failure"));
  return absl::OkStatus();
}

uint64_t MemoryFileSystem::BytesUnder(const Node& node) {
  uint64_t bytes = node.contents.size();
  for (const auto& [name, child] : node.entries) bytes += BytesUnder(*child);
  return bytes;
}

}  // namespace shoal
