#include "parameter_server/begin_pretrained.h"

#include <cstddef>
#include <vector>

#include "absl/types/optional.h"
#include "common/base/status_macros.h"
#include "common/data/model_inputs.h"
#include "common/data/vocabulary.h"
#include "common/data/vocabulary_path.h"
#include "common/pretrained/read_pretrained.h"

namespace shoal {

absl::Status BeginPretrained(const ResolvedJob& job, Shard& shard) {
  const std::vector<bool> has_vocabulary = FindVocabularyTables(job);
  for (int t = 0; t < job.job().tables_size(); ++t) {
    const TableConfig& config = job.job().tables(t);
    if (!config.has_pretrained()) continue;
    absl::optional<Vocabulary> vocabulary;
    if (has_vocabulary[static_cast<size_t>(t)]) {
      SHOAL_ASSIGN_OR_RETURN(vocabulary, Vocabulary::Read(VocabularyPath(job.vocabulary_directory(), config.name())));
    }
    Table& table = shard.table(t);
    const auto begin = [&table](uint64_t id, absl::Span<const float> vector) {
      table.Begin(id, vector);
      return absl::OkStatus();
    };
    SHOAL_RETURN_IF_ERROR(ReadPretrained(job, t, vocabulary.has_value() ? &*vocabulary : nullptr, begin).status());
  }
  return absl::OkStatus();
}

}  // namespace shoal
