#include "common/base/interruptible_files.h"

#include <utility>

#include "common/base/status_macros.h"

namespace shoal {
namespace {

class InterruptibleFile : public ReadableFile {
 public:
  InterruptibleFile(std::unique_ptr<ReadableFile> file, Interrupted interrupted)
      : file_(std::move(file)), interrupted_(interrupted) {}

  uint64_t size() const override { return file_->size(); }
  absl::Status Read(uint64_t offset, size_t length, char* out) const override {
    if (interrupted_()) return absl::CancelledError("interrupted");
    return file_->Read(offset, length, out);
  }

 private:
  const std::unique_ptr<ReadableFile> file_;
  const Interrupted interrupted_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ReadableFile>> InterruptibleFiles::OpenFile(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ReadableFile> file, files_.OpenFile(path));
  return std::unique_ptr<ReadableFile>(new InterruptibleFile(std::move(file), interrupted_));
}

}  // namespace shoal
