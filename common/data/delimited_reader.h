// Records of a delimited text file, one a line. Empty lines are passed over.
#ifndef SHOAL_COMMON_DATA_DELIMITED_READER_H_
#define SHOAL_COMMON_DATA_DELIMITED_READER_H_

#include <memory>
#include <string>
#include <vector>

#include "common/data/line_reader.h"
#include "common/data/record_format.h"
#include "common/data/record_source.h"

namespace shoal {

class DelimitedReader : public RecordSource {
 public:
  // Reads the named columns of `format`, which must have them. InvalidArgument where the header line lacks one or names
  // it twice: file, the column, and the columns there are.
  static absl::StatusOr<std::unique_ptr<DelimitedReader>> Create(std::unique_ptr<LineReader> lines,
                                                                 const RecordFormat& format,
                                                                 const std::vector<ColumnConfig>& columns);

  absl::StatusOr<bool> Next() override;
  absl::Status GetFields(std::vector<absl::string_view>* fields) override;
  RecordPlace Place() const override { return {"line", lines_->line_number()}; }
  std::string Location() const override { return lines_->Location(); }

 private:
  DelimitedReader(std::unique_ptr<LineReader> lines, const RecordFormat& format);

  absl::Status FindColumns(const RecordFormat& format, const std::vector<ColumnConfig>& columns);

  // Splits the line's first `limit` fields into split_.
  absl::Status Split(size_t limit);
  // Where the line has one field alone: a remark on its delimiter, which may be another. Else nothing.
  std::string DelimiterHint() const;
  // Takes the quoted field that begins at `*begin` and moves `*begin` behind its closing quote.
  absl::Status TakeQuoted(size_t* begin);

  std::unique_ptr<LineReader> lines_;
  std::string delimiter_;
  std::string delimiter_field_;
  bool quotes_;
  std::vector<std::string> names_;  // Of the columns read.
  std::vector<size_t> positions_;   // Of the columns read, in a line.
  size_t fields_needed_ = 0;        // Largest position + 1.
  std::vector<absl::string_view> split_;
  std::vector<std::unique_ptr<std::string>> unquoted_;  // Fields of the line that held doubled quotes.
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_DELIMITED_READER_H_
