#include "common/data/example_reader.h"

#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/data/delimited_reader.h"
#include "common/data/idx_source.h"
#include "common/data/line_reader.h"
#include "common/data/parse_number.h"
#include "common/data/quote_text.h"
#include "common/data/synthetic_source.h"
#include "common/text/text_tokenizer.h"

namespace shoal {
namespace {

absl::Status TypeError(const ColumnConfig& column, absl::string_view use, absl::string_view types) {
  return absl::InvalidArgumentError(absl::StrCat("column '", column.name(), "' is read as ", use, "; its type is ",
                                                 ColumnConfig::Type_Name(column.type()), ", not ", types));
}

// `ids` is how the column's ids are read: its type, or that of its list.
absl::Status CheckIdType(const ColumnConfig& column, ColumnConfig::Type ids, bool has_vocabulary,
                         const std::string& table) {
  if (ids == ColumnConfig::INTEGER_ID || has_vocabulary) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("column '", column.name(), "' has ",
                                                 column.type() == ColumnConfig::ID_LIST ? "ids" : "type",
                                                 " STRING_ID, whose ids come from a vocabulary, but table '", table,
                                                 "' gives num_embeddings: leave it out, or use INTEGER_ID"));
}

// A number that says whether something is so.
absl::StatusOr<float> ParseFlag(absl::string_view text) {
  SHOAL_ASSIGN_OR_RETURN(const float number, ParseNumber(text));
  if (number == 0 || number == 1) return number;
  return absl::InvalidArgumentError(absl::StrCat(QuoteText(text), " is neither 1 nor 0"));
}

absl::Status InColumn(const std::string& name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("column ", name, ": ", status.message()));
}

// Depends on the order of what is mixed in.
uint64_t Mix(uint64_t hash, uint64_t next) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  const uint64_t mixed = (hash ^ next) * kOdd;
  return mixed ^ mixed >> 29;
}

}  // namespace

IdSpace& ExampleReader::SpaceOf(const Column& column) {
  return (column.use == Use::kLabel ? spaces_->labels : spaces_->ids)[static_cast<size_t>(column.space)];
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
    const ColumnConfig& config = columns_.back().config;
    if (config.type() != ColumnConfig::STRING_ID && config.type() != ColumnConfig::INTEGER_ID) {
      return TypeError(config, "an id", "STRING_ID or INTEGER_ID");
    }
    SHOAL_RETURN_IF_ERROR(
        CheckIdType(config, config.type(), SpaceOf(columns_.back()).has_vocabulary(), job.tables(input.table).name()));
  }
  for (size_t i = 0; i < inputs.labels.size(); ++i) {
    SHOAL_RETURN_IF_ERROR(AddColumn(Use::kLabel, inputs.labels[i], static_cast<int>(i)));
    const ColumnConfig& config = columns_.back().config;
    if (config.type() != ColumnConfig::LABEL) return TypeError(config, "a label", "LABEL");
  }
  for (const BagInput& input : inputs.bags) SHOAL_RETURN_IF_ERROR(AddBag(job, input));
  for (const std::string& name : inputs.numbers) {
    const bool is_flag = absl::c_linear_search(inputs.flags, name);
    SHOAL_RETURN_IF_ERROR(AddColumn(is_flag ? Use::kFlag : Use::kNumber, name, /*space=*/0));
    const ColumnConfig& config = columns_.back().config;
    if (config.type() != ColumnConfig::NUMBER) return TypeError(config, "a number", "NUMBER");
  }
  return AddImages(inputs.images);
}

absl::Status ExampleReader::AddBag(const JobConfig& job, const BagInput& input) {
  SHOAL_RETURN_IF_ERROR(AddColumn(Use::kText, input.column, input.table));
  Column& column = columns_.back();
  column.bag = lists_.size();
  lists_.emplace_back();
  if (column.config.type() == ColumnConfig::TEXT) return absl::OkStatus();
  if (column.config.type() != ColumnConfig::ID_LIST) return TypeError(column.config, "a bag", "TEXT or ID_LIST");
  column.use = Use::kIdList;
  return CheckIdType(column.config, IdTypeOf(column.config.id_list()), SpaceOf(column).has_vocabulary(),
                     job.tables(input.table).name());
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
    if (status.ok()) {
      example->place = records_->Place();
      example->id_texts = absl::MakeConstSpan(fields_).first(example->ids.size());
      for (const absl::string_view field : fields_) content_hash_ = Mix(content_hash_, Hash64(field));
      return true;
    }
    const std::string what = absl::StrCat(records_->Location(), ": ", status.message());
    if (!skip_ || !absl::IsInvalidArgument(status)) return absl::Status(status.code(), what);
    skipped_.Add(what);
  }
}

absl::Status ExampleReader::Decode(Example* example) {
  SHOAL_RETURN_IF_ERROR(records_->GetFields(&fields_));
  // All fields are checked before the first new key is added: a bad record leaves no row behind.
  SHOAL_RETURN_IF_ERROR(CheckFields(example));
  example->ids.clear();
  example->labels.clear();
  example->bags.resize(lists_.size());
  example->weights.resize(lists_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.use == Use::kText || column.use == Use::kIdList) {
      const absl::Status taken = TakeBag(column, fields_[i], example);
      if (!taken.ok()) return InColumn(column.config.name(), taken);
    } else if (i < lookups_.size()) {
      (column.use == Use::kId ? example->ids : example->labels).push_back(SpaceOf(column).Take(lookups_[i]));
    }
  }
  return absl::OkStatus();
}

absl::Status ExampleReader::TakeBag(const Column& column, absl::string_view text, Example* example) {
  std::vector<uint64_t>& bag = example->bags[column.bag];
  bag.clear();
  if (column.use == Use::kText) return spaces_->texts[static_cast<size_t>(column.space)]->Read(text, &bag);
  const IdList& list = lists_[column.bag];
  for (const IdSpace::Lookup& lookup : list.ids) bag.push_back(SpaceOf(column).Take(lookup));
  example->weights[column.bag] = list.weights;
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
    case Use::kIdList:
      return ReadIdList(text, column.config.id_list(), SpaceOf(column), &lists_[column.bag]);
    case Use::kNumber:
    case Use::kFlag: {
      SHOAL_ASSIGN_OR_RETURN(const float number, column.use == Use::kFlag ? ParseFlag(text) : ParseNumber(text));
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
