// Help for a name that does not exist: the one that was probably meant, and those that there are.
#ifndef SHOAL_COMMON_CONFIG_NAME_HINT_H_
#define SHOAL_COMMON_CONFIG_NAME_HINT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace shoal {

// The name at the smallest edit distance, the first of several; empty where none is near enough to be a misspelling:
// more than a third of the longer name's letters differ. Case does not count.
std::string NearestName(absl::string_view name, const std::vector<std::string>& names);

// "did you mean 'epochs'? (the fields are: epochs, batch_size)". `kind` is a plural: "fields".
std::string NameHint(absl::string_view name, absl::string_view kind, const std::vector<std::string>& names);

// In the order of the .proto.
std::vector<std::string> FieldNames(const google::protobuf::Descriptor& message);
std::vector<std::string> ValueNames(const google::protobuf::EnumDescriptor& type);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_NAME_HINT_H_
