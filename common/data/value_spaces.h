// What the texts of a job's id, text and label columns are numbered by.
#ifndef SHOAL_COMMON_DATA_VALUE_SPACES_H_
#define SHOAL_COMMON_DATA_VALUE_SPACES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/data/id_space.h"
#include "common/data/model_inputs.h"
#include "common/data/text_space.h"
#include "common/data/vocabulary.h"
#include "proto/job.pb.h"

namespace shoal {

struct ValueSpaces {
  // Rows that the vocabulary of a table, and the hash buckets behind it, ask for; 0 where it has none. REQUIRES: texts
  // are frozen.
  int64_t NumRows(int table) const;
  // Empty where the table has none. REQUIRES: as NumRows.
  const Vocabulary& VocabularyOf(int table) const;
  // The same, to keep. REQUIRES: the spaces are not used afterwards.
  Vocabulary TakeVocabulary(int table);

  std::vector<IdSpace> ids;                       // By table number.
  std::vector<std::unique_ptr<TextSpace>> texts;  // By table number; null where no text looks the table up.
  std::vector<IdSpace> labels;                    // As ModelInputs::labels.
  bool labels_by_count = false;                   // As ModelInputs::labels_by_count.
};

// Spaces whose vocabularies are still to be built. InvalidArgument, NotFound, Unimplemented: the text of a column
// cannot be split as it says.
absl::StatusOr<ValueSpaces> GrowingSpaces(const JobConfig& job, const ModelInputs& inputs);

// Spaces with the vocabularies of a directory: of labels, and of the tables that FindVocabularyTables says. Fails as
// Vocabulary::Read and GrowingSpaces.
absl::StatusOr<ValueSpaces> KnownSpaces(const JobConfig& job, const ModelInputs& inputs,
                                        const std::vector<bool>& has_vocabulary, const std::string& directory);

// Ends the growth of texts and labels, which are those of data.train alone. Labels get their order.
absl::Status FreezeTextsAndLabels(ValueSpaces* spaces);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_VALUE_SPACES_H_
