// Where the vocabularies of a run lie.
#ifndef SHOAL_COMMON_DATA_VOCABULARY_PATH_H_
#define SHOAL_COMMON_DATA_VOCABULARY_PATH_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace shoal {

// `name`: of a table, or LabelVocabularyName.
inline std::string VocabularyPath(absl::string_view directory, absl::string_view name) {
  return absl::StrCat(directory, "/", name, ".txt");
}

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_VOCABULARY_PATH_H_
