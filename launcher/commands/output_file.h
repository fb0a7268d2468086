// A file that a command writes: it gets its name once it is whole.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_COMMANDS_OUTPUT_FILE_H_
#define SHOAL_LAUNCHER_COMMANDS_OUTPUT_FILE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file_system.h"

namespace shoal {

class OutputFile {
 public:
  // Writes to <path>.tmp, which remains if Finish is not reached.
  static absl::StatusOr<OutputFile> Create(FileSystem& file_system, const std::string& path);

  // Callers append here, then call FlushIfLarge.
  std::string* buffer() { return &buffer_; }

  absl::Status FlushIfLarge();

  // Syncs, closes and renames.
  absl::Status Finish();

 private:
  OutputFile(FileSystem& file_system, std::string path, std::unique_ptr<WritableFile> file)
      : file_system_(&file_system), path_(std::move(path)), file_(std::move(file)) {}

  absl::Status Flush();

  FileSystem* file_system_;
  std::string path_;
  std::unique_ptr<WritableFile> file_;
  std::string buffer_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_OUTPUT_FILE_H_
