// Where each field of a job was written: a line of the job file, or an override.
//
// Fields are known by their path from the job: "training.epochs", "tables[0].optimizer.adam.beta1".
//
// Thread safety: const methods may run concurrently.
#ifndef SHOAL_COMMON_CONFIG_FIELD_LOCATIONS_H_
#define SHOAL_COMMON_CONFIG_FIELD_LOCATIONS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "common/config/diagnostic.h"

namespace shoal {

// "training" and "epochs" make "training.epochs"; a field of the job itself has its name as path.
std::string JoinPath(absl::string_view message_path, absl::string_view field_name);
std::string ElementPath(absl::string_view field_path, int index);

class FieldLocations {
 public:
  // `job` is the place of what is written nowhere: the job file's first line.
  explicit FieldLocations(SourceLocation job) : job_(std::move(job)) {}

  // Keeps the first location of a path.
  void Record(absl::string_view path, const SourceLocation& location);
  // Forgets all about the field and the fields in it.
  void Erase(absl::string_view path);

  bool Contains(absl::string_view path) const { return locations_.contains(path); }
  // Of the field, or else of the innermost message around it that was written.
  const SourceLocation& Find(absl::string_view path) const;

  // The field was meant to be set, but its name or value could not be understood, which has been reported: that it is
  // missing is then not a problem of its own.
  void MarkUnreadable(absl::string_view path);
  bool IsUnreadable(absl::string_view path) const { return unreadable_.contains(path); }

 private:
  SourceLocation job_;
  absl::flat_hash_map<std::string, SourceLocation> locations_;
  absl::flat_hash_set<std::string> unreadable_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_FIELD_LOCATIONS_H_
