// A number, string, truth value or enum value as written in text format, and its way into a message.
#ifndef SHOAL_COMMON_CONFIG_SCALAR_VALUE_H_
#define SHOAL_COMMON_CONFIG_SCALAR_VALUE_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/message.h"

namespace shoal {

struct ScalarValue {
  google::protobuf::io::Tokenizer::TokenType type;
  bool negative = false;  // A minus sign stood before it.
  std::string text;       // A string's is without quotes and escapes.
};

// Sets `field` to the value; a list gets it at its end. InvalidArgument says what the field takes and what it got;
// `message` is unchanged then. REQUIRES: `field` is a field of `message` and no message itself.
absl::Status SetScalar(const ScalarValue& value, const google::protobuf::FieldDescriptor& field,
                       google::protobuf::Message* message);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_SCALAR_VALUE_H_
