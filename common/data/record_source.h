// Records of text fields, read once, front to back: lines of a file, or made-up ratings.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_DATA_RECORD_SOURCE_H_
#define SHOAL_COMMON_DATA_RECORD_SOURCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace shoal {

// What the examples of a source are for.
enum class SourceRole { kTrain, kValidation };

// Where a record stands in its source, counted from 1.
struct RecordPlace {
  absl::string_view unit;  // What is counted: "line", "image" or "record". Outlives the source.
  int64_t number = 0;
};

class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // Moves to the next record; false at the end. An error is one of the source as a whole, which cannot be read on.
  virtual absl::StatusOr<bool> Next() = 0;

  // The texts of the columns that the source was opened for, in that order, valid until Next. An error, which names the
  // column but no place, is one of this record alone. REQUIRES: Next returned true.
  virtual absl::Status GetFields(std::vector<absl::string_view>* fields) = 0;

  // Where the record stands; for errors with the source, "path:line".
  virtual RecordPlace Place() const = 0;
  virtual std::string Location() const = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_RECORD_SOURCE_H_
