// One message of a job under validation: constraints on its fields, by name, that report what does not hold.
//
// An absent field has its default; an absent message has the defaults of its fields. Numbers that are not finite are
// passed over by all constraints but Finite, so that each is reported once.
//
// REQUIRES, throughout: the names are fields of the message, of the type that the call is for.
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_CONFIG_MESSAGE_CHECK_H_
#define SHOAL_COMMON_CONFIG_MESSAGE_CHECK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "google/protobuf/message.h"

namespace shoal {

class MessageCheck {
 public:
  // `path` is where the message lies in the job. Everything must outlive the check.
  MessageCheck(const google::protobuf::Message& message, std::string path, const FieldLocations& locations,
               std::vector<Diagnostic>* problems)
      : message_(message), path_(std::move(path)), locations_(locations), problems_(problems) {}

  const std::string& path() const { return path_; }
  const FieldLocations& locations() const { return locations_; }
  // The message in a singular field, or element `index` of a repeated one.
  MessageCheck Nested(const std::string& name) const;
  MessageCheck Element(const std::string& name, int index) const;

  // False where the field is absent, or a string without characters; that is a problem unless the field was written
  // and could not be read. Repeated: there must be one at least.
  bool Required(const std::string& name) const;
  // Where the message is there, one field of the oneof must be set.
  void RequireOneOf(const std::string& oneof) const;

  void AtLeast(const std::string& name, double low) const;                   // low <= value
  void Above(const std::string& name, double low) const;                     // low < value
  void Between(const std::string& name, double low, double high) const;      // low <= value <= high
  void BetweenOpen(const std::string& name, double low, double high) const;  // low < value < high
  void FromBelow(const std::string& name, double low, double high) const;    // low <= value < high
  void AboveUpTo(const std::string& name, double low, double high) const;    // low < value <= high
  // All floating-point fields of the message and of the messages in it; those named in `or_infinite` may be +infinity.
  void Finite(absl::Span<const absl::string_view> or_infinite = {}) const;

  // Whether the field was meant to be set, but could not be read.
  bool IsUnreadable(const std::string& name) const { return locations_.IsUnreadable(JoinPath(path_, name)); }
  // Where the field is written, for the text of a problem with another.
  std::string Where(const std::string& name) const;
  // Reports a problem with the field; empty: with the message.
  void Problem(absl::string_view name, std::string message) const;

 private:
  const google::protobuf::FieldDescriptor& Field(const std::string& name) const;
  // As a double; a float bound is rounded to float, as the value was.
  double Value(const std::string& name) const;
  double Rounded(const std::string& name, double bound) const;
  // Reports "must be <expected>, is <value>" unless `holds` or the value is not finite.
  void Check(bool holds, const std::string& name, absl::string_view expected) const;

  const google::protobuf::Message& message_;
  std::string path_;
  const FieldLocations& locations_;
  std::vector<Diagnostic>* problems_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_MESSAGE_CHECK_H_
