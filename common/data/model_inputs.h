// What a model reads of the data: its columns, and the tables that the ids of those columns look up.
#ifndef SHOAL_COMMON_DATA_MODEL_INPUTS_H_
#define SHOAL_COMMON_DATA_MODEL_INPUTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/job.pb.h"

namespace shoal {

// An id column, and the number of the table that gives its ids their meaning.
struct IdInput {
  std::string column;
  int table;
};

// A table that is looked up by the ids of another: the biases of a feature.
struct SharedIds {
  int table;
  int ids_of_table;
};

// A table with a row for each class of a label column.
struct ClassTable {
  int table;
  int label;  // Into ModelInputs::labels.
};

// A text column or one of lists, and the table that its ids look up.
struct BagInput {
  std::string column;
  int table;
};

// Each column once.
struct ModelInputs {
  std::vector<IdInput> ids;
  std::vector<BagInput> bags;
  std::vector<std::string> numbers;
  std::vector<std::string> flags;    // Of `numbers`, those that are 1 or 0,
  std::vector<std::string> targets;  // and those that losses alone read.
  std::vector<std::string> images;
  std::vector<std::string> labels;
  // Classes are numbered by falling count: what SampledSoftmax's LOG_UNIFORM is made for.
  bool labels_by_count = false;
  std::vector<SharedIds> shared_ids;
  std::vector<ClassTable> class_tables;
};

// InvalidArgument: a table that the model names is not in job.tables, or one column is read for two tables.
absl::StatusOr<ModelInputs> FindModelInputs(const JobConfig& job);

// The same without labels and targets: what embeddings and predictions are made of.
ModelInputs WithoutTruth(const ModelInputs& inputs);
// The columns that WithoutTruth leaves out.
std::vector<std::string> TruthColumns(const ModelInputs& inputs);

// Whether the ids of a table come from a vocabulary, as those of texts always do: by table number.
std::vector<bool> FindVocabularyTables(const JobConfig& job, const ModelInputs& inputs);
// The same of a resolved job, in which every table has a size.
std::vector<bool> FindVocabularyTables(const ResolvedJob& job);

// How the texts that look up a table are split; null where none does. Points into the job.
const TextConfig* FindTextConfig(const JobConfig& job, absl::string_view table);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_MODEL_INPUTS_H_
