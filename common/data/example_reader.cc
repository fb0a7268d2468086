#include "common/data/example_reader.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/delimited_reader.h"
#include "common/data/idx_source.h"
#include "common/data/line_reader.h"
#include "common/data/quote_text.h"
#include "common/data/synthetic_source.h"
#include "common/text/text_tokenizer.h"

namespace shoal {
namespace {

absl::Status TypeError(const ColumnConfig& column, absl::string_view use, absl::string_view types) {
  return absl::InvalidArgumentError(absl::StrCat("column '", column.name(), "' is read as ", use, "; its type is ",
                                                 ColumnConfig::Type_Name(column.type()), ", not ", types));
}

absl::Status CheckIdType(const ColumnConfig& column, bool has_vocabulary, const std::string& table) {
  if (column.type() != ColumnConfig::STRING_ID && column.type() != ColumnConfig::INTEGER_ID) {
    return TypeError(column, "an id", "STRING_ID or INTEGER_ID");
  }
  if (column.type() == ColumnConfig::INTEGER_ID || has_vocabulary) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("column '", column.name(),
                                                 "' has type STRING_ID, whose ids come from a vocabulary, but table '",
                                                 table, "' gives num_embeddings: leave it out, or use INTEGER_ID"));
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
  return absl::Status(status.code(), absl::StrCat("column ", name, ": ", status.message()));
}

}  // namespace

IdSpace& ExampleReader::SpaceOf(const Column& column) {
  return (column.use == Use::kId ? spaces_->ids : spaces_->labels)[static_cast<size_t>(column.space)];
}

absl::StatusOr<std::unique_ptr<ExampleReader>> ExampleReader::Open(const JobConfig& job, SourceRole role,
                                                                   const ModelInputs& inputs, ValueSpaces* spaces) {
  const bool is_train = role == SourceRole::kTrain;
  return OpenSource(job, is_train ? job.data().train() : job.data().validation(),
                    is_train ? "data.train" : "data.validation", role, inputs, spaces);
}

absl::StatusOr<std::unique_ptr<ExampleReader>> ExampleReader::OpenSource(const JobConfig& job, const DataSource& source,
                                                                         absl::string_view field, SourceRole role,
                                                                         const ModelInputs& inputs,
                                                                         ValueSpaces* spaces) {
  SHOAL_ASSIGN_OR_RETURN(const RecordFormat format, FormatOf(job.data(), source, field));
  const bool skip = job.data().on_bad_record() == DataConfig::SKIP;
  std::unique_ptr<ExampleReader> reader(new ExampleReader(format, std::string(field), skip, spaces));
  SHOAL_RETURN_IF_ERROR(reader->AddColumns(job, inputs));
  SHOAL_RETURN_IF_ERROR(reader->OpenRecords(job, source, role));
  return reader;
}

absl::Status ExampleReader::AddColumns(const JobConfig& job, const ModelInputs& inputs) {
  for (const IdInput& input : inputs.ids) {
    SHOAL_RETURN_IF_ERROR(AddColumn(Use::kId, input.column, input.table));
    SHOAL_RETURN_IF_ERROR(
        CheckIdType(columns_.back().config, SpaceOf(columns_.back()).has_vocabulary(), job.tables(input.table).name()));
  }
  for (size_t i = 0; i < inputs.labels.size(); ++i) {
    SHOAL_RETURN_IF_ERROR(AddColumn(Use::kLabel, inputs.labels[i], static_cast<int>(i)));
    const ColumnConfig& config = columns_.back().config;
    if (config.type() != ColumnConfig::LABEL) return TypeError(config, "a label", "LABEL");
  }
  for (const BagInput& input : inputs.bags) {
    SHOAL_RETURN_IF_ERROR(AddColumn(Use::kText, input.column, input.table));
    ++num_texts_;
    const ColumnConfig& config = columns_.back().config;
    if (config.type() != ColumnConfig::TEXT) return TypeError(config, "a text", "TEXT");
  }
  for (const std::string& name : inputs.numbers) {
    SHOAL_RETURN_IF_ERROR(AddColumn(Use::kNumber, name, /*space=*/0));
    const ColumnConfig& config = columns_.back().config;
    if (config.type() != ColumnConfig::NUMBER) return TypeError(config, "a number", "NUMBER");
  }
  return AddImages(inputs.images);
}

absl::Status ExampleReader::AddColumn(Use use, const std::string& name, int space) {
  SHOAL_ASSIGN_OR_RETURN(ColumnConfig config, FindColumn(format_, name, field_));
  columns_.push_back({use, std::move(config), space});
  return absl::OkStatus();
}

absl::Status ExampleReader::AddImages(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name != format_.image_column) {
      return absl::InvalidArgumentError(
          absl::StrCat(field_, " has no images '", name, "', which the model reads; ",
                       format_.image_column.empty() ? "only IDX sources have images"
                                                    : absl::StrCat("its images are '", format_.image_column, "'")));
    }
    columns_.push_back({Use::kImage, {}, /*space=*/0});
    columns_.back().config.set_name(name);
    images_.emplace_back().set_name(name);
  }
  return absl::OkStatus();
}

absl::Status ExampleReader::OpenRecords(const JobConfig& job, const DataSource& source, SourceRole role) {
  std::vector<ColumnConfig> columns;
  for (const Column& column : columns_) columns.push_back(column.config);
  if (source.has_synthetic()) {
    SHOAL_ASSIGN_OR_RETURN(records_, SyntheticSource::Create(source.synthetic(), job.seed(), role, columns));
  } else if (source.format() == DataSource::IDX) {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<IdxSource> idx,
                           IdxSource::Open(source.path(), source.labels_path(), columns));
    for (ImageInfo& image : images_) {
      image.set_height(idx->height());
      image.set_width(idx->width());
    }
    records_ = std::move(idx);
  } else {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<LineReader> lines, LineReader::Open(source.path()));
    SHOAL_ASSIGN_OR_RETURN(records_, DelimitedReader::Create(std::move(lines), format_, columns));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ExampleReader::Next(Example* example) {
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, records_->Next());
    if (!more) return false;
    const absl::Status status = Decode(example);
    if (status.ok()) return true;
    if (!skip_ || !absl::IsInvalidArgument(status)) {
      return absl::Status(status.code(), absl::StrCat(records_->Location(), ": ", status.message()));
    }
    ++num_skipped_;
  }
}

absl::Status ExampleReader::Decode(Example* example) {
  SHOAL_RETURN_IF_ERROR(records_->GetFields(&fields_));
  // All fields are checked before the first new key is added: a bad record leaves no row behind.
  SHOAL_RETURN_IF_ERROR(CheckFields(example));
  example->ids.clear();
  example->labels.clear();
  example->bags.resize(num_texts_);
  size_t text = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.use == Use::kText) {
      std::vector<uint64_t>& bag = example->bags[text++];
      bag.clear();
      const absl::Status read = spaces_->texts[static_cast<size_t>(column.space)]->Read(fields_[i], &bag);
      if (!read.ok()) return InColumn(column.config.name(), read);
    } else if (i < lookups_.size()) {
      (column.use == Use::kId ? example->ids : example->labels).push_back(SpaceOf(column).Take(lookups_[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status ExampleReader::CheckFields(Example* example) {
  lookups_.clear();
  example->numbers.clear();
  example->images.clear();
  for (size_t i = 0; i < columns_.size(); ++i) {
    const absl::Status status = CheckField(columns_[i], fields_[i], example);
    if (!status.ok()) return InColumn(columns_[i].config.name(), status);
  }
  return absl::OkStatus();
}

absl::Status ExampleReader::CheckField(const Column& column, absl::string_view text, Example* example) {
  switch (column.use) {
    case Use::kId:
    case Use::kLabel: {
      SHOAL_ASSIGN_OR_RETURN(const IdSpace::Lookup lookup, SpaceOf(column).Find(text, column.config.type()));
      lookups_.push_back(lookup);
      break;
    }
    case Use::kText:
      return CheckText(text);
    case Use::kNumber: {
      SHOAL_ASSIGN_OR_RETURN(const float number, ParseNumber(text));
      example->numbers.push_back(number);
      break;
    }
    case Use::kImage:
      example->images.push_back(text);
      break;
  }
  return absl::OkStatus();
}

}  // namespace shoal
