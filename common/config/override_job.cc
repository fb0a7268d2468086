#include "common/config/override_job.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "common/config/name_hint.h"
#include "common/config/text_reader.h"

namespace shoal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsMessage(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

// One part of a path: "epochs" or "tables[0]".
struct Segment {
  std::string name;
  absl::optional<int> index;
};

absl::optional<Segment> ParseSegment(absl::string_view text) {
  const size_t bracket = text.find('[');
  Segment segment{std::string(text.substr(0, bracket)), absl::nullopt};
  if (segment.name.empty()) return absl::nullopt;
  if (bracket == absl::string_view::npos) return segment;
  absl::string_view digits = text.substr(bracket + 1);
  int index;
  if (!absl::ConsumeSuffix(&digits, "]") || !absl::SimpleAtoi(digits, &index) || index < 0) return absl::nullopt;
  segment.index = index;
  return segment;
}

// Walks from the job down the path, one segment after the other, and sets the value at its end.
class Override {
 public:
  Override(SourceLocation location, JobConfig* job, FieldLocations* locations, std::vector<Diagnostic>* problems)
      : location_(std::move(location)), message_(job), locations_(locations), problems_(problems) {}

  void Apply(const std::vector<std::string>& segments, absl::string_view value) {
    for (size_t i = 0; i < segments.size(); ++i) {
      const bool last = i + 1 == segments.size();
      const absl::optional<Segment> segment = ParseSegment(segments[i]);
      if (!segment.has_value()) {
        return Problem(JoinPath(path_, segments[i]),
                       "must be the name of a field, or a list's name and place: name[0]");
      }
      const FieldDescriptor* field = FindField(segment->name);
      if (field == nullptr) return;
      if (field->is_repeated() && !IsMessage(*field) && (segment->index.has_value() || !last)) {
        return Problem(JoinPath(path_, segments[i]),
                       absl::StrCat("is a list of values, which is replaced whole: ", segment->name, "=[...]"));
      }
      if (field->is_repeated() && (segment->index.has_value() || !last)) {
        const bool by_name = !segment->index.has_value();
        const int index = by_name ? FindByName(*field, segments[++i]) : CheckIndex(*field, *segment->index);
        if (index < 0) return;
        EnterElement(*field, index);
        if (i + 1 == segments.size()) return SetMessage(value);
      } else if (segment->index.has_value()) {
        return Problem(JoinPath(path_, segments[i]), absl::StrCat("'", segment->name, "' is not a list"));
      } else if (last) {
        return SetField(*field, value);
      } else if (!IsMessage(*field)) {
        return Problem(JoinPath(path_, segment->name),
                       absl::StrCat("has no fields, but is followed by '.", segments[i + 1], "'"));
      } else {
        EnterMessage(*field);
      }
    }
  }

 private:
  const FieldDescriptor* FindField(const std::string& name) {
    const FieldDescriptor* field = message_->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) return field;
    const std::vector<std::string> names = FieldNames(*message_->GetDescriptor());
    Problem(JoinPath(path_, name), absl::StrCat("unknown field; ", NameHint(name, "fields", names)));
    const std::string meant = NearestName(name, names);
    if (!meant.empty()) locations_->MarkUnreadable(JoinPath(path_, meant));
    return nullptr;
  }

  // Place of the element of a list whose `name` is the given one; -1 with a problem.
  int FindByName(const FieldDescriptor& list, const std::string& name) {
    const Reflection& reflection = *message_->GetReflection();
    const FieldDescriptor* name_field = list.message_type()->FindFieldByName("name");
    std::vector<std::string> names;
    for (int i = 0; i < reflection.FieldSize(*message_, &list); ++i) {
      const Message& element = reflection.GetRepeatedMessage(*message_, &list, i);
      names.push_back(element.GetReflection()->GetString(element, name_field));
      if (names.back() == name) return i;
    }
    Problem(JoinPath(JoinPath(path_, list.name()), name),
            absl::StrCat("none of the ", list.name(), " has this name; ", NameHint(name, list.name(), names)));
    return -1;
  }

  int CheckIndex(const FieldDescriptor& list, int index) {
    const int size = message_->GetReflection()->FieldSize(*message_, &list);
    if (index < size) return index;
    Problem(ElementPath(JoinPath(path_, list.name()), index),
            absl::StrCat("the job has ", size, " ", list.name(), size == 0 ? "" : ", counted from 0"));
    return -1;
  }

  void EnterElement(const FieldDescriptor& list, int index) {
    path_ = ElementPath(JoinPath(path_, list.name()), index);
    message_ = message_->GetReflection()->MutableRepeatedMessage(message_, &list, index);
  }

  void EnterMessage(const FieldDescriptor& field) {
    if (!message_->GetReflection()->HasField(*message_, &field)) Replace(field);
    path_ = JoinPath(path_, field.name());
    message_ = message_->GetReflection()->MutableMessage(message_, &field);
  }

  // Makes the override the location of the field, and takes away what it or another of its oneof held.
  void Replace(const FieldDescriptor& field) {
    if (const auto* oneof = field.real_containing_oneof()) {
      for (int i = 0; i < oneof->field_count(); ++i) locations_->Erase(JoinPath(path_, oneof->field(i)->name()));
      message_->GetReflection()->ClearOneof(message_, oneof);
    }
    const std::string path = JoinPath(path_, field.name());
    message_->GetReflection()->ClearField(message_, &field);
    locations_->Erase(path);
    locations_->Record(path, location_);
  }

  void SetField(const FieldDescriptor& field, absl::string_view value) {
    Replace(field);
    if (IsMessage(field) && !field.is_repeated()) {
      EnterMessage(field);
      return SetMessage(value);
    }
    const bool is_string = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field.is_repeated();
    if (is_string && !absl::StartsWith(value, "\"") && !absl::StartsWith(value, "'")) {
      message_->GetReflection()->SetString(message_, &field, std::string(value));
      return;
    }
    TextReader(value, location_, locations_, problems_).ReadValue(JoinPath(path_, field.name()), field, message_);
  }

  // Replaces the message that the walk is in.
  void SetMessage(absl::string_view value) {
    locations_->Erase(path_);
    locations_->Record(path_, location_);
    message_->Clear();
    value = absl::StripAsciiWhitespace(value);
    if (absl::StartsWith(value, "{") && absl::EndsWith(value, "}")) value = value.substr(1, value.size() - 2);
    TextReader(value, location_, locations_, problems_).ReadMessage(path_, message_);
  }

  void Problem(const std::string& path, std::string message) {
    problems_->push_back({location_, path, std::move(message)});
  }

  SourceLocation location_;
  std::string path_;
  Message* message_;
  FieldLocations* locations_;
  std::vector<Diagnostic>* problems_;
};

}  // namespace

void ApplyOverride(absl::string_view override_text, JobConfig* job, FieldLocations* locations,
                   std::vector<Diagnostic>* problems) {
  const SourceLocation location{absl::StrCat("--set ", override_text), 0, 0};
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(override_text, absl::MaxSplits('=', 1));
  if (!absl::StrContains(override_text, '=')) {
    problems->push_back({location, "", "must be FIELD=VALUE, as in training.epochs=3"});
    return;
  }
  const std::vector<std::string> segments = absl::StrSplit(absl::StripAsciiWhitespace(parts.first), '.');
  Override(location, job, locations, problems).Apply(segments, parts.second);
}

}  // namespace shoal
