#include "common/data/example_reader.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/delimited_reader.h"
#include "common/data/line_reader.h"
#include "common/data/quote_text.h"
#include "common/data/record_format.h"
#include "common/data/synthetic_source.h"

namespace shoal {
namespace {

absl::Status CheckType(const ColumnConfig& column, bool is_id, bool has_vocabulary, const std::string& table) {
  if (!is_id && column.type() != ColumnConfig::NUMBER) {
    return absl::InvalidArgumentError(absl::StrCat("column '", column.name(), "' is read as a number; its type is ",
                                                   ColumnConfig::Type_Name(column.type()), ", not NUMBER"));
  }
  if (is_id && column.type() == ColumnConfig::NUMBER) {
    return absl::InvalidArgumentError(
        absl::StrCat("column '", column.name(), "' is read as an id; its type is NUMBER, not STRING_ID or INTEGER_ID"));
  }
  if (column.type() == ColumnConfig::STRING_ID && !has_vocabulary) {
    return absl::InvalidArgumentError(
        absl::StrCat("column '", column.name(), "' has type STRING_ID, whose ids come from a vocabulary, but table '",
                     table, "' gives num_embeddings: leave it out, or use INTEGER_ID"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RecordSource>> OpenRecords(const JobConfig& job, const DataSource& source,
                                                          SourceRole role, const RecordFormat& format,
                                                          const std::vector<ColumnConfig>& columns) {
  if (source.has_synthetic()) return SyntheticSource::Create(source.synthetic(), job.seed(), role, columns);
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<LineReader> lines, LineReader::Open(source.path()));
  return DelimitedReader::Create(std::move(lines), format, columns);
}

absl::StatusOr<float> ParseNumber(absl::string_view text) {
  float number;
  if (!absl::SimpleAtof(text, &number)) {
    return absl::InvalidArgumentError(absl::StrCat(QuoteText(text), " is not a number"));
  }
  if (!std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat(QuoteText(text), " is not a finite 32-bit number"));
  }
  return number;
}

absl::Status InColumn(const std::string& name, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat("column ", name, ": ", status.message()));
}

}  // namespace

ExampleReader::ExampleReader(std::unique_ptr<RecordSource> records, std::vector<Column> columns, bool skip,
                             std::vector<IdSpace>* spaces)
    : records_(std::move(records)), columns_(std::move(columns)), skip_(skip), spaces_(spaces) {}

absl::StatusOr<std::unique_ptr<ExampleReader>> ExampleReader::Open(const JobConfig& job, SourceRole role,
                                                                   const ModelInputs& inputs,
                                                                   std::vector<IdSpace>* spaces) {
  const bool is_train = role == SourceRole::kTrain;
  const DataSource& source = is_train ? job.data().train() : job.data().validation();
  const std::string field = is_train ? "data.train" : "data.validation";
  SHOAL_ASSIGN_OR_RETURN(const RecordFormat format, FormatOf(job.data(), source, field));
  std::vector<Column> columns;
  for (const IdInput& input : inputs.ids) {
    SHOAL_ASSIGN_OR_RETURN(ColumnConfig column, FindColumn(format, input.column, field));
    SHOAL_RETURN_IF_ERROR(CheckType(column, /*is_id=*/true,
                                    (*spaces)[static_cast<size_t>(input.table)].has_vocabulary(),
                                    job.tables(input.table).name()));
    columns.push_back({std::move(column), input.table});
  }
  for (const std::string& name : inputs.numbers) {
    SHOAL_ASSIGN_OR_RETURN(ColumnConfig column, FindColumn(format, name, field));
    SHOAL_RETURN_IF_ERROR(CheckType(column, /*is_id=*/false, /*has_vocabulary=*/false, /*table=*/""));
    columns.push_back({std::move(column), kNumber});
  }
  std::vector<ColumnConfig> configs;
  for (const Column& column : columns) configs.push_back(column.config);
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<RecordSource> records, OpenRecords(job, source, role, format, configs));
  const bool skip = job.data().on_bad_record() == DataConfig::SKIP;
  return std::unique_ptr<ExampleReader>(new ExampleReader(std::move(records), std::move(columns), skip, spaces));
}

absl::StatusOr<bool> ExampleReader::Next(Example* example) {
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, records_->Next());
    if (!more) return false;
    const absl::Status status = Decode(example);
    if (status.ok()) return true;
    if (!skip_) return absl::InvalidArgumentError(absl::StrCat(records_->Location(), ": ", status.message()));
    ++num_skipped_;
  }
}

absl::Status ExampleReader::Decode(Example* example) {
  SHOAL_RETURN_IF_ERROR(records_->GetFields(&fields_));
  lookups_.clear();
  example->ids.clear();
  example->numbers.clear();
  // All fields are checked before the first new key is added: a bad record leaves no row behind.
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.table == kNumber) {
      const absl::StatusOr<float> number = ParseNumber(fields_[i]);
      if (!number.ok()) return InColumn(column.config.name(), number.status());
      example->numbers.push_back(*number);
    } else {
      const IdSpace& space = (*spaces_)[static_cast<size_t>(column.table)];
      const absl::StatusOr<IdSpace::Lookup> lookup = space.Find(fields_[i], column.config.type());
      if (!lookup.ok()) return InColumn(column.config.name(), lookup.status());
      lookups_.push_back(*lookup);
    }
  }
  for (size_t i = 0; i < lookups_.size(); ++i) {
    example->ids.push_back((*spaces_)[static_cast<size_t>(columns_[i].table)].Take(lookups_[i]));
  }
  return absl::OkStatus();
}

}  // namespace shoal
