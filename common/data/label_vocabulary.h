// The classes of a label column: its distinct labels, each one's number being its line in a vocabulary.
#ifndef SHOAL_COMMON_DATA_LABEL_VOCABULARY_H_
#define SHOAL_COMMON_DATA_LABEL_VOCABULARY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/data/vocabulary.h"

namespace shoal {

// The same labels in an order that does not depend on that of the data: whole numbers first, by value ("-1", "2", "10";
// texts of one number by their bytes: "02", "2"), then the others by their bytes. With `counts`, one a label, those
// that occur more often come first, and that is the order of those that occur as often.
Vocabulary SortLabels(const Vocabulary& labels, absl::Span<const int64_t> counts = {});

// "label.<column>": what the vocabulary of a label column is called where those of tables, whose names have no dot, go
// by the name of the table.
std::string LabelVocabularyName(absl::string_view column);

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_LABEL_VOCABULARY_H_
