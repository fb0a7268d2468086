#include "common/checkpoint/hashing_writer.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr size_t kBufferBytes = 8 << 20;

}  // namespace

absl::StatusOr<HashingWriter> HashingWriter::Create(FileSystem& file_system, const std::string& path) {
  SHOAL_RETURN_IF_ERROR(file_system.CreateDirectories(std::filesystem::path(path).parent_path().string()));
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, file_system.CreateFile(path));
  return HashingWriter(std::move(file));
}

HashingWriter::HashingWriter(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {
  buffer_.reserve(kBufferBytes);
}

void HashingWriter::Append(const void* bytes, size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const size_t part = std::min(count, kBufferBytes - buffer_.size());
    buffer_.append(next, part);
    next += part;
    count -= part;
    if (buffer_.size() == kBufferBytes) Flush();
  }
}

absl::StatusOr<std::string> HashingWriter::EndSection() {
  Flush();
  if (!status_.ok()) return status_;
  return HashToHex(std::exchange(section_, Hasher128()).Digest());
}

absl::StatusOr<std::string> HashingWriter::Finish() {
  SHOAL_RETURN_IF_ERROR(file_->Sync());
  SHOAL_RETURN_IF_ERROR(file_->Close());
  return HashToHex(whole_.Digest());
}

void HashingWriter::Flush() {
  if (status_.ok()) status_ = file_->Append(buffer_);
  section_.Update(buffer_);
  whole_.Update(buffer_);
  bytes_ += buffer_.size();
  buffer_.clear();
}

}  // namespace shoal
