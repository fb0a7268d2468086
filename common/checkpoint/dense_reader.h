// Reads dense parameters from their file and checks them on the way (docs/checkpoint_format.md).
//
// Thread safety: const methods may run concurrently.
#ifndef SHOAL_COMMON_CHECKPOINT_DENSE_READER_H_
#define SHOAL_COMMON_CHECKPOINT_DENSE_READER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/file_system.h"
#include "common/checkpoint/dense_layout.h"
#include "common/checkpoint/saved_parameter.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class DenseReader {
 public:
  // `file` has the size that `description` says, and lies at `path`. `description` outlives the reader. DataLoss,
  // naming the file: its header is not the one that the description gives. InvalidArgument: as DenseLayout::Create.
  static absl::StatusOr<DenseReader> Create(std::unique_ptr<ReadableFile> file, const std::string& path,
                                            const CheckpointFile* description);

  // In ascending order of their names.
  absl::StatusOr<std::vector<LoadedParameter>> ReadAll() const;
  // NotFound lists the parameters that there are. DataLoss: a tensor does not have its hash.
  absl::StatusOr<LoadedParameter> Read(absl::string_view name) const;

 private:
  DenseReader(std::unique_ptr<ReadableFile> file, const std::string& path, DenseLayout layout,
              const CheckpointFile* description);

  absl::StatusOr<LoadedParameter> ReadNumber(int number) const;
  absl::StatusOr<std::vector<float>> ReadTensor(const std::string& name, uint64_t offset, int64_t elements,
                                                const std::string& hash) const;

  std::unique_ptr<ReadableFile> file_;
  std::string path_;
  DenseLayout layout_;
  const CheckpointFile* description_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_DENSE_READER_H_
