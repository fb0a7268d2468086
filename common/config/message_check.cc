#include "common/config/message_check.h"

#include <cmath>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/text_format.h"

namespace shoal {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

namespace {

bool IsFloatingPoint(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT || field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
}

double ReadNumber(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.GetFloat(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    default:
      return std::nan("");  // No number: not finite, so no constraint speaks of it.
  }
}

// The values of a floating-point field, which may be repeated.
std::vector<double> ReadNumbers(const Message& message, const FieldDescriptor& field) {
  if (!field.is_repeated()) return {ReadNumber(message, field)};
  const Reflection& reflection = *message.GetReflection();
  std::vector<double> numbers;
  numbers.reserve(reflection.FieldSize(message, &field));
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    numbers.push_back(field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT
                          ? reflection.GetRepeatedFloat(message, &field, i)
                          : reflection.GetRepeatedDouble(message, &field, i));
  }
  return numbers;
}

}  // namespace

MessageCheck MessageCheck::Nested(const std::string& name) const {
  return {message_.GetReflection()->GetMessage(message_, &Field(name)), JoinPath(path_, name), locations_, problems_};
}

MessageCheck MessageCheck::Element(const std::string& name, int index) const {
  return {message_.GetReflection()->GetRepeatedMessage(message_, &Field(name), index),
          ElementPath(JoinPath(path_, name), index), locations_, problems_};
}

bool MessageCheck::Required(const std::string& name) const {
  const FieldDescriptor& field = Field(name);
  const Reflection& reflection = *message_.GetReflection();
  if (field.is_repeated()) {
    if (reflection.FieldSize(message_, &field) > 0) return true;
    if (!IsUnreadable(name)) Problem(name, "at least one is required");
    return false;
  }
  if (!reflection.HasField(message_, &field)) {
    if (!IsUnreadable(name)) Problem(name, "is required");
    return false;
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && reflection.GetString(message_, &field).empty()) {
    Problem(name, "must not be empty");
    return false;
  }
  return true;
}

void MessageCheck::RequireOneOf(const std::string& oneof_name) const {
  // Absent: its default, or a problem of the message around it.
  if (!locations_.Contains(path_) || locations_.IsUnreadable(path_)) return;
  const OneofDescriptor& oneof = *message_.GetDescriptor()->FindOneofByName(oneof_name);
  if (message_.GetReflection()->HasOneof(message_, &oneof)) return;
  std::vector<std::string> names;
  for (int i = 0; i < oneof.field_count(); ++i) {
    names.push_back(oneof.field(i)->name());
    if (IsUnreadable(names.back())) return;
  }
  Problem("", absl::StrCat("must hold one of: ", absl::StrJoin(names, ", ")));
}

void MessageCheck::AtLeast(const std::string& name, double low) const {
  Check(Value(name) >= Rounded(name, low), name, absl::StrCat("at least ", low));
}

void MessageCheck::Above(const std::string& name, double low) const {
  Check(Value(name) > Rounded(name, low), name, absl::StrCat("above ", low));
}

void MessageCheck::Between(const std::string& name, double low, double high) const {
  const double value = Value(name);
  Check(value >= Rounded(name, low) && value <= Rounded(name, high), name, absl::StrCat("from ", low, " to ", high));
}

void MessageCheck::BetweenOpen(const std::string& name, double low, double high) const {
  const double value = Value(name);
  Check(value > Rounded(name, low) && value < Rounded(name, high), name,
        absl::StrCat("above ", low, " and below ", high));
}

void MessageCheck::FromBelow(const std::string& name, double low, double high) const {
  const double value = Value(name);
  Check(value >= Rounded(name, low) && value < Rounded(name, high), name,
        absl::StrCat("at least ", low, " and below ", high));
}

void MessageCheck::AboveUpTo(const std::string& name, double low, double high) const {
  const double value = Value(name);
  Check(value > Rounded(name, low) && value <= Rounded(name, high), name,
        absl::StrCat("above ", low, " and at most ", high));
}

void MessageCheck::Finite(absl::Span<const absl::string_view> or_infinite) const {
  std::vector<const FieldDescriptor*> fields;
  const Reflection& reflection = *message_.GetReflection();
  reflection.ListFields(message_, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_message && !field->is_repeated()) Nested(field->name()).Finite(or_infinite);
    if (is_message && field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message_, field); ++i) Element(field->name(), i).Finite(or_infinite);
    }
    if (!IsFloatingPoint(*field)) continue;
    const bool may_be_infinite = absl::c_linear_search(or_infinite, field->name());
    for (const double number : ReadNumbers(message_, *field)) {
      if (std::isfinite(number) || (may_be_infinite && std::isinf(number) && number > 0)) continue;
      Problem(field->name(),
              absl::StrCat("must be a finite number", may_be_infinite ? " or inf" : "", ", is ", number));
      break;
    }
  }
}

std::string MessageCheck::Where(const std::string& name) const {
  return FormatLocation(locations_.Find(JoinPath(path_, name)));
}

void MessageCheck::Problem(absl::string_view name, std::string message) const {
  const std::string path = name.empty() ? path_ : JoinPath(path_, name);
  problems_->push_back({locations_.Find(path), path, std::move(message)});
}

const FieldDescriptor& MessageCheck::Field(const std::string& name) const {
  return *message_.GetDescriptor()->FindFieldByName(name);
}

double MessageCheck::Value(const std::string& name) const { return ReadNumber(message_, Field(name)); }

double MessageCheck::Rounded(const std::string& name, double bound) const {
  return Field(name).cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ? static_cast<float>(bound) : bound;
}

void MessageCheck::Check(bool holds, const std::string& name, absl::string_view expected) const {
  if (holds || !std::isfinite(Value(name))) return;
  std::string value;
  google::protobuf::TextFormat::PrintFieldValueToString(message_, &Field(name), -1, &value);
  Problem(name, absl::StrCat("must be ", expected, ", is ", value));
}

}  // namespace shoal
