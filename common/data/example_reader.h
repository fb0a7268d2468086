// The examples of one of a job's sources, decoded: row ids and numbers of the columns that the model reads.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_EXAMPLE_READER_H_
#define SHOAL_COMMON_DATA_EXAMPLE_READER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/data/id_space.h"
#include "common/data/model_inputs.h"
#include "common/data/record_source.h"
#include "proto/job.pb.h"

namespace shoal {

struct Example {
  std::vector<uint64_t> ids;   // As ModelInputs::ids.
  std::vector<float> numbers;  // As ModelInputs::numbers.
};

class ExampleReader {
 public:
  // Opens data.train or data.validation. `spaces` (by table number) must outlive the reader, which adds new keys to
  // growing ones. InvalidArgument: the source lacks a column of `inputs`, or the column's type does not fit its use.
  static absl::StatusOr<std::unique_ptr<ExampleReader>> Open(const JobConfig& job, SourceRole role,
                                                             const ModelInputs& inputs, std::vector<IdSpace>* spaces);

  // Moves to the next good record; false at the end. A bad record is counted and passed over under SKIP; else it is
  // InvalidArgument with its place, column and value. A bad record adds no key to a vocabulary.
  absl::StatusOr<bool> Next(Example* example);

  int64_t num_skipped() const { return num_skipped_; }

 private:
  struct Column {
    ColumnConfig config;
    int table;  // kNumber where it has none.
  };
  static constexpr int kNumber = -1;

  ExampleReader(std::unique_ptr<RecordSource> records, std::vector<Column> columns, bool skip,
                std::vector<IdSpace>* spaces);

  absl::Status Decode(Example* example);

  std::unique_ptr<RecordSource> records_;
  std::vector<Column> columns_;  // Those with ids first.
  bool skip_;
  std::vector<IdSpace>* spaces_;
  std::vector<absl::string_view> fields_;
  std::vector<IdSpace::Lookup> lookups_;
  int64_t num_skipped_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_EXAMPLE_READER_H_
