// The examples of one of a job's sources, decoded: the columns that the model reads.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_EXAMPLE_READER_H_
#define SHOAL_COMMON_DATA_EXAMPLE_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/data/id_list.h"
#include "common/data/id_space.h"
#include "common/data/model_inputs.h"
#include "common/data/record_format.h"
#include "common/data/record_source.h"
#include "common/data/skipped_records.h"
#include "common/data/value_spaces.h"
#include "proto/job.pb.h"

namespace shoal {

// Each as the list of ModelInputs of the same name.
struct Example {
  std::vector<uint64_t> ids;
  std::vector<std::vector<uint64_t>> bags;
  std::vector<std::vector<float>> weights;  // Of the ids in `bags`; empty where the column has none.
  std::vector<float> numbers;
  std::vector<absl::string_view> images;  // [height * width] bytes, valid until the reader moves on.
  std::vector<uint64_t> labels;
  // What people know the example by; the texts of `ids` as the source has them, valid as long as images.
  RecordPlace place;
  absl::Span<const absl::string_view> id_texts;
};

class ExampleReader {
 public:
  // Opens data.train or data.validation. `spaces` must outlive the reader, which adds new keys to growing ones.
  // InvalidArgument: the source lacks a column of `inputs`, or the column's type does not fit its use; or, with
  // DataLoss, what the source's own factory refuses.
  static absl::StatusOr<std::unique_ptr<ExampleReader>> Open(const JobConfig& job, SourceRole role,
                                                             const ModelInputs& inputs, ValueSpaces* spaces);
  // The same of a source that the job does not name; `field` is its name in errors.
  static absl::StatusOr<std::unique_ptr<ExampleReader>> OpenSource(const JobConfig& job, const DataSource& source,
                                                                   absl::string_view field, SourceRole role,
                                                                   const ModelInputs& inputs, ValueSpaces* spaces);

  // Moves to the next good record; false at the end. A bad record is counted and passed over under SKIP; else it is
  // InvalidArgument with its place, column and value. A bad record adds no key to a vocabulary.
  absl::StatusOr<bool> Next(Example* example);

  const SkippedRecords& skipped() const { return skipped_; }
  // Of the good records so far: of the texts of all columns, in their order. Neither vocabularies nor the file's other
  // columns, line ends or compression change it.
  uint64_t content_hash() const { return content_hash_; }
  // Sizes of the images, as ModelInputs::images.
  const std::vector<ImageInfo>& images() const { return images_; }

 private:
  enum class Use { kId, kLabel, kText, kIdList, kNumber, kFlag, kImage };
  struct Column {
    Use use;
    ColumnConfig config;
    int space;       // Into ValueSpaces: the table of ids, lists and texts, the number of a label column.
    size_t bag = 0;  // Of kText and kIdList: into Example::bags.
  };

  ExampleReader(const RecordFormat& format, std::string field, bool skip, ValueSpaces* spaces)
      : format_(format), field_(std::move(field)), skip_(skip), spaces_(spaces) {}

  absl::Status AddColumns(const JobConfig& job, const ModelInputs& inputs);
  absl::Status AddBag(const JobConfig& job, const BagInput& input);
  absl::Status AddColumn(Use use, const std::string& name, int space);
  absl::Status AddImages(const std::vector<std::string>& names);
  absl::Status OpenRecords(const JobConfig& job, const DataSource& source, SourceRole role);

  absl::Status Decode(Example* example);
  absl::Status CheckFields(Example* example);
  absl::Status CheckField(const Column& column, absl::string_view text, Example* example);
  absl::Status TakeBag(const Column& column, absl::string_view text, Example* example);
  IdSpace& SpaceOf(const Column& column);

  RecordFormat format_;
  std::string field_;  // Of the source, in errors.
  bool skip_;
  ValueSpaces* spaces_;
  std::unique_ptr<RecordSource> records_;
  std::vector<Column> columns_;  // Ids and labels first.
  std::vector<ImageInfo> images_;
  std::vector<absl::string_view> fields_;  // Of the record, as columns_.
  std::vector<IdSpace::Lookup> lookups_;   // Of the record's ids and labels, as columns_.
  std::vector<IdList> lists_;              // Of the record, as Example::bags; unused for texts.
  SkippedRecords skipped_;
  uint64_t content_hash_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_EXAMPLE_READER_H_
