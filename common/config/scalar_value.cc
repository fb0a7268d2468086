#include "common/config/scalar_value.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/base/status_macros.h"
#include "common/config/name_hint.h"

namespace shoal {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::io::Tokenizer;

// As the user wrote it.
std::string Written(const ScalarValue& value) {
  const absl::string_view sign = value.negative ? "-" : "";
  if (value.type == Tokenizer::TYPE_STRING) return absl::StrCat(sign, "\"", absl::CEscape(value.text), "\"");
  return absl::StrCat(sign, value.text);
}

absl::Status WrongValue(absl::string_view expected, const ScalarValue& value) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", expected, ", is ", Written(value)));
}

template <typename Integer>
absl::StatusOr<Integer> ReadInteger(const ScalarValue& value) {
  if (value.type != Tokenizer::TYPE_INTEGER) return WrongValue("a whole number", value);
  constexpr Integer kLow = std::numeric_limits<Integer>::min();
  constexpr Integer kHigh = std::numeric_limits<Integer>::max();
  uint64_t magnitude;
  const bool read = Tokenizer::ParseInteger(value.text, std::numeric_limits<uint64_t>::max(), &magnitude);
  // Wide enough for every magnitude with either sign.
  const absl::int128 number = value.negative ? -absl::int128(magnitude) : absl::int128(magnitude);
  if (!read || number < kLow || number > kHigh) {
    return WrongValue(absl::StrCat("a whole number from ", kLow, " to ", kHigh), value);
  }
  return static_cast<Integer>(number);
}

absl::optional<double> ReadMagnitude(const ScalarValue& value) {
  double number;
  switch (value.type) {
    case Tokenizer::TYPE_FLOAT:
      return Tokenizer::ParseFloat(value.text);
    case Tokenizer::TYPE_INTEGER:
      // Octal and hexadecimal are for whole numbers only.
      if (value.text.size() > 1 && value.text[0] == '0') return absl::nullopt;
      if (!absl::SimpleAtod(value.text, &number)) return absl::nullopt;
      return number;
    case Tokenizer::TYPE_IDENTIFIER: {
      const std::string word = absl::AsciiStrToLower(value.text);
      if (word == "inf" || word == "infinity") return std::numeric_limits<double>::infinity();
      if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
      return absl::nullopt;
    }
    default:
      return absl::nullopt;
  }
}

absl::StatusOr<double> ReadDouble(const ScalarValue& value) {
  const absl::optional<double> magnitude = ReadMagnitude(value);
  if (!magnitude.has_value()) return WrongValue("a decimal number", value);
  return value.negative ? -*magnitude : *magnitude;
}

absl::StatusOr<float> ReadFloat(const ScalarValue& value) {
  SHOAL_ASSIGN_OR_RETURN(const double number, ReadDouble(value));
  // The cast of a number beyond the range of float is undefined.
  if (std::isfinite(number) && std::abs(number) > std::numeric_limits<float>::max()) {
    return WrongValue(absl::StrCat("a number of at most ", std::numeric_limits<float>::max(), " in size"), value);
  }
  return static_cast<float>(number);
}

absl::StatusOr<bool> ReadBool(const ScalarValue& value) {
  const std::string& text = value.text;
  if (value.type == Tokenizer::TYPE_IDENTIFIER && !value.negative) {
    if (text == "true" || text == "True" || text == "t") return true;
    if (text == "false" || text == "False" || text == "f") return false;
  }
  if (value.type == Tokenizer::TYPE_INTEGER && !value.negative) {
    if (text == "1") return true;
    if (text == "0") return false;
  }
  return WrongValue("true or false", value);
}

absl::StatusOr<const EnumValueDescriptor*> ReadEnum(const ScalarValue& value, const EnumDescriptor& type) {
  const EnumValueDescriptor* found = nullptr;
  if (value.type == Tokenizer::TYPE_IDENTIFIER && !value.negative) found = type.FindValueByName(value.text);
  if (value.type == Tokenizer::TYPE_INTEGER) {
    const absl::StatusOr<int32_t> number = ReadInteger<int32_t>(value);
    if (number.ok()) found = type.FindValueByNumber(*number);
  }
  if (found != nullptr) return found;
  return absl::InvalidArgumentError(absl::StrCat("is ", Written(value), ", which is no value of ", type.name(), "; ",
                                                 NameHint(value.text, "values", ValueNames(type))));
}

// A function of Reflection that stores a value of type T.
template <typename T>
using StoreFunction = void (Reflection::*)(Message*, const FieldDescriptor*, T) const;

template <typename T>
absl::Status Store(const absl::StatusOr<T>& value, const FieldDescriptor& field, Message* message, StoreFunction<T> set,
                   StoreFunction<T> add) {
  SHOAL_RETURN_IF_ERROR(value.status());
  (message->GetReflection()->*(field.is_repeated() ? add : set))(message, &field, *value);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadString(const ScalarValue& value) {
  if (value.type != Tokenizer::TYPE_STRING || value.negative) return WrongValue("a string in quotes", value);
  return value.text;
}

}  // namespace

absl::Status SetScalar(const ScalarValue& value, const FieldDescriptor& field, Message* message) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Store(ReadInteger<int32_t>(value), field, message, &Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Store(ReadInteger<int64_t>(value), field, message, &Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Store(ReadInteger<uint32_t>(value), field, message, &Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Store(ReadInteger<uint64_t>(value), field, message, &Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Store(ReadFloat(value), field, message, &Reflection::SetFloat, &Reflection::AddFloat);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Store(ReadDouble(value), field, message, &Reflection::SetDouble, &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_BOOL:
      return Store(ReadBool(value), field, message, &Reflection::SetBool, &Reflection::AddBool);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Store(ReadEnum(value, *field.enum_type()), field, message, &Reflection::SetEnum, &Reflection::AddEnum);
    case FieldDescriptor::CPPTYPE_STRING:
      return Store(ReadString(value), field, message, &Reflection::SetString, &Reflection::AddString);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return absl::InternalError(absl::StrCat(field.full_name(), " is no scalar field"));
}

}  // namespace shoal
