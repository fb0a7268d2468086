#include "common/data/value_spaces.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "common/base/status_macros.h"
#include "common/data/label_vocabulary.h"
#include "common/data/vocabulary_path.h"

namespace shoal {
namespace {

// How spaces come to their vocabularies.
struct SpaceMaker {
  absl::FunctionRef<absl::StatusOr<IdSpace>(const std::string& table)> ids;
  absl::FunctionRef<absl::StatusOr<TextSpace>(const std::string& table, const TextConfig&)> text;
  absl::FunctionRef<absl::StatusOr<IdSpace>(const std::string& column)> labels;
};

absl::StatusOr<ValueSpaces> MakeSpaces(const JobConfig& job, const ModelInputs& inputs,
                                       const std::vector<bool>& has_vocabulary, const SpaceMaker& maker) {
  ValueSpaces spaces;
  spaces.labels_by_count = inputs.labels_by_count;
  spaces.texts.resize(static_cast<size_t>(job.tables_size()));
  for (int i = 0; i < job.tables_size(); ++i) {
    const TableConfig& table = job.tables(i);
    if (const TextConfig* config = FindTextConfig(job, table.name()); config != nullptr) {
      SHOAL_ASSIGN_OR_RETURN(TextSpace space, maker.text(table.name(), *config));
      spaces.texts[static_cast<size_t>(i)] = std::make_unique<TextSpace>(std::move(space));
    }
    if (has_vocabulary[static_cast<size_t>(i)] && spaces.texts[static_cast<size_t>(i)] == nullptr) {
      SHOAL_ASSIGN_OR_RETURN(IdSpace space, maker.ids(table.name()));
      spaces.ids.push_back(std::move(space));
    } else {
      spaces.ids.push_back(IdSpace::Direct(table.name(), table.num_embeddings()));
    }
  }
  for (const std::string& column : inputs.labels) {
    SHOAL_ASSIGN_OR_RETURN(IdSpace space, maker.labels(column));
    spaces.labels.push_back(std::move(space));
  }
  return spaces;
}

}  // namespace

int64_t ValueSpaces::NumRows(int table) const {
  const std::unique_ptr<TextSpace>& text = texts[static_cast<size_t>(table)];
  return text != nullptr ? text->num_ids() : ids[static_cast<size_t>(table)].vocabulary().size();
}

const Vocabulary& ValueSpaces::VocabularyOf(int table) const {
  const std::unique_ptr<TextSpace>& text = texts[static_cast<size_t>(table)];
  return text != nullptr ? text->vocabulary() : ids[static_cast<size_t>(table)].vocabulary();
}

Vocabulary ValueSpaces::TakeVocabulary(int table) {
  const std::unique_ptr<TextSpace>& text = texts[static_cast<size_t>(table)];
  return text != nullptr ? text->vocabulary() : ids[static_cast<size_t>(table)].TakeVocabulary();
}

absl::StatusOr<ValueSpaces> GrowingSpaces(const JobConfig& job, const ModelInputs& inputs) {
  return MakeSpaces(job, inputs, FindVocabularyTables(job, inputs),
                    {[](const std::string& table) { return IdSpace::Growing(table); },
                     [](const std::string& /*table*/, const TextConfig& config) { return TextSpace::Growing(config); },
                     [](const std::string& /*column*/) { return IdSpace::GrowingLabels(); }});
}

absl::StatusOr<ValueSpaces> KnownSpaces(const JobConfig& job, const ModelInputs& inputs,
                                        const std::vector<bool>& has_vocabulary, const std::string& directory) {
  const auto read = [&](const std::string& name) { return Vocabulary::Read(VocabularyPath(directory, name)); };
  return MakeSpaces(job, inputs, has_vocabulary,
                    {[&](const std::string& table) -> absl::StatusOr<IdSpace> {
                       SHOAL_ASSIGN_OR_RETURN(Vocabulary vocabulary, read(table));
                       return IdSpace::Known(table, std::move(vocabulary));
                     },
                     [&](const std::string& table, const TextConfig& config) -> absl::StatusOr<TextSpace> {
                       SHOAL_ASSIGN_OR_RETURN(Vocabulary vocabulary, read(table));
                       return TextSpace::Known(config, std::move(vocabulary));
                     },
                     [&](const std::string& column) -> absl::StatusOr<IdSpace> {
                       SHOAL_ASSIGN_OR_RETURN(Vocabulary vocabulary, read(LabelVocabularyName(column)));
                       return IdSpace::KnownLabels(std::move(vocabulary));
                     }});
}

absl::Status FreezeTextsAndLabels(ValueSpaces* spaces) {
  for (const std::unique_ptr<TextSpace>& text : spaces->texts) {
    if (text != nullptr) SHOAL_RETURN_IF_ERROR(text->Freeze());
  }
  for (IdSpace& labels : spaces->labels) {
    if (!labels.is_growing()) continue;
    absl::Span<const int64_t> counts;
    if (spaces->labels_by_count) counts = labels.label_counts();
    labels = IdSpace::KnownLabels(SortLabels(labels.vocabulary(), counts));
  }
  return absl::OkStatus();
}

}  // namespace shoal
