#include "launcher/commands/output_file.h"

#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr size_t kFlushBytes = 4 << 20;

}  // namespace

absl::StatusOr<OutputFile> OutputFile::Create(FileSystem& file_system, const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, file_system.CreateFile(path + ".tmp"));
  return OutputFile(file_system, path, std::move(file));
}

absl::Status OutputFile::FlushIfLarge() { return buffer_.size() < kFlushBytes ? absl::OkStatus() : Flush(); }

absl::Status OutputFile::Finish() {
  SHOAL_RETURN_IF_ERROR(Flush());
  SHOAL_RETURN_IF_ERROR(file_->Sync());
  SHOAL_RETURN_IF_ERROR(file_->Close());
  return file_system_->Rename(path_ + ".tmp", path_);
}

absl::Status OutputFile::Flush() {
  SHOAL_RETURN_IF_ERROR(file_->Append(buffer_));
  buffer_.clear();
  return absl::OkStatus();
}

}  // namespace shoal
