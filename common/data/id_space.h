// How the text of an id becomes a row id of one table, as it stands or through the table's vocabulary; and a label the
// number of its class, through the vocabulary of labels.
//
// Thread safety: const methods may run concurrently.
#ifndef SHOAL_COMMON_DATA_ID_SPACE_H_
#define SHOAL_COMMON_DATA_ID_SPACE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/vocabulary.h"
#include "proto/job.pb.h"

namespace shoal {

class IdSpace {
 public:
  // Whole numbers below num_embeddings stand for themselves.
  static IdSpace Direct(const std::string& table, int64_t num_embeddings);
  // A new key gets the next row.
  static IdSpace Growing(const std::string& table);
  // A key that is not in the vocabulary is an error.
  static IdSpace Known(const std::string& table, Vocabulary vocabulary);
  // The same for labels. Those of a growing space are numbered as they come.
  static IdSpace GrowingLabels();
  static IdSpace KnownLabels(Vocabulary vocabulary);

  // An id that is looked up but not yet given out.
  struct Lookup {
    uint64_t id = 0;
    absl::string_view new_key;  // Part of the text; not empty: the key is new, and `id` is open.
  };
  // InvalidArgument says what is wrong with the text. Nothing is changed. Two texts of one whole number, such as 7 and
  // 007, are one INTEGER_ID. REQUIRES: `type` is an id's or, for labels, LABEL; STRING_ID only with a vocabulary.
  absl::StatusOr<Lookup> Find(absl::string_view text, ColumnConfig::Type type) const;
  // The id of what Find found, given out now if the key is new.
  uint64_t Take(const Lookup& lookup);

  bool has_vocabulary() const { return kind_ != Kind::kDirect; }
  bool is_growing() const { return kind_ == Kind::kGrowing; }
  // Empty where there is none.
  const Vocabulary& vocabulary() const { return vocabulary_; }
  // How often each label of a growing space was taken; empty for other spaces.
  const std::vector<int64_t>& label_counts() const { return label_counts_; }
  // Leaves an empty one behind.
  Vocabulary TakeVocabulary() { return std::move(vocabulary_); }

 private:
  enum class Kind { kDirect, kGrowing, kKnown };

  IdSpace(Kind kind, std::string owner, int64_t num_embeddings, Vocabulary vocabulary);

  Kind kind_;
  std::string owner_;        // In errors: the table, or "keys of ..." where there is a vocabulary.
  uint64_t num_embeddings_;  // Of kDirect.
  Vocabulary vocabulary_;    // Of the others.
  bool counts_labels_ = false;
  std::vector<int64_t> label_counts_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_ID_SPACE_H_
