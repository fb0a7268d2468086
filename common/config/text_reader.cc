#include "common/config/text_reader.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/config/name_hint.h"
#include "common/config/scalar_value.h"

namespace shoal {

using google::protobuf::Descriptor;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

TextReader::TextReader(absl::string_view text, SourceLocation start, FieldLocations* locations,
                       std::vector<Diagnostic>* problems)
    : start_(std::move(start)),
      locations_(locations),
      problems_(problems),
      input_(text.data(), static_cast<int>(text.size())),
      tokenizer_(&input_, this) {
  tokenizer_.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
  tokenizer_.set_allow_f_after_float(true);
}

void TextReader::ReadMessage(const std::string& path, Message* message) {
  outermost_ = message->GetDescriptor();
  current_path_ = path;
  tokenizer_.Next();
  ReadFields(path, nullptr, message);
}

void TextReader::ReadValue(const std::string& path, const FieldDescriptor& field, Message* message) {
  current_path_ = path;
  tokenizer_.Next();
  ReadFieldValue(path, field, /*colon=*/true, message);
  if (!AtEnd()) Problem(Here(), path, absl::StrCat("found ", Found(), " behind the value"));
}

void TextReader::ReadFields(const std::string& path, const Block* block, Message* message) {
  const Descriptor& type = *message->GetDescriptor();
  while (true) {
    current_path_ = path;
    const Tokenizer::Token& token = tokenizer_.current();
    if (AtEnd()) {
      if (block != nullptr) Problem(block->opened, path, absl::StrCat("has no closing '", block->closer, "'"));
      return;
    }
    if (AtCloser() && block != nullptr) {
      if (!At(block->closer))
        Problem(Here(), path, absl::StrCat("must close with '", block->closer, "', not ", Found()));
      tokenizer_.Next();
      return;
    }
    if (token.type != Tokenizer::TYPE_IDENTIFIER) {
      Problem(Here(), path, absl::StrCat("expected the name of a field, found ", Found()));
      SkipLine();
      continue;
    }
    // A field of the job at the very left ends a block that lacks its closing brace: the rest is read as it was meant.
    if (block != nullptr && token.column == 0 && type.FindFieldByName(token.text) == nullptr && outermost_ != nullptr &&
        outermost_->FindFieldByName(token.text) != nullptr) {
      Problem(block->opened, path,
              absl::StrCat("has no closing '", block->closer, "' before line ", Here().line, " ('", token.text, "')"));
      return;
    }
    ReadField(path, message);
    if (!TryConsume(",")) TryConsume(";");
  }
}

void TextReader::ReadField(const std::string& message_path, Message* message) {
  const SourceLocation location = Here();
  const std::string name = tokenizer_.current().text;
  const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
  const std::string path = JoinPath(message_path, name);
  current_path_ = path;
  tokenizer_.Next();
  if (field == nullptr) {
    ReportUnknownField(message_path, name, location, *message);
    SkipValue();
    return;
  }
  std::unique_ptr<Message> unused;
  if (!CheckNotSet(message_path, *field, *message)) {
    // What is in the second value is checked all the same.
    unused.reset(message->New());
    message = unused.get();
  }
  locations_->Record(path, location);
  const bool colon = TryConsume(":");
  ReadFieldValue(path, *field, colon, message);
}

bool TextReader::CheckNotSet(const std::string& message_path, const FieldDescriptor& field, const Message& message) {
  if (field.is_repeated()) return true;
  const std::string path = JoinPath(message_path, field.name());
  if (locations_->Contains(path)) {
    Problem(LocationOf(tokenizer_.previous().line, tokenizer_.previous().column), path,
            absl::StrCat("is set twice; the first time at ", FormatLocation(locations_->Find(path))));
    return false;
  }
  const OneofDescriptor* oneof = field.real_containing_oneof();
  if (oneof == nullptr || !message.GetReflection()->HasOneof(message, oneof)) return true;
  const std::string other = message.GetReflection()->GetOneofFieldDescriptor(message, oneof)->name();
  Problem(LocationOf(tokenizer_.previous().line, tokenizer_.previous().column), path,
          absl::StrCat("contradicts '", other, "' at ", FormatLocation(locations_->Find(JoinPath(message_path, other))),
                       "; give one of them"));
  return false;
}

void TextReader::ReadFieldValue(const std::string& path, const FieldDescriptor& field, bool colon, Message* message) {
  const bool is_message = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  const size_t problems_before = problems_->size();
  if (AtEnd() || AtCloser() || (OnNewLine() && !colon && !AtOpener())) {
    Problem(LocationOf(tokenizer_.previous().line, tokenizer_.previous().column), path, "has no value");
  } else if (At("[") && field.is_repeated()) {
    if (!colon && !is_message) Problem(Here(), path, absl::StrCat("needs a ':' before its list, found ", Found()));
    ReadList(path, field, message);
    return;
  } else if (!is_message && AtOpener()) {
    Problem(Here(), path,
            field.is_repeated() ? "takes values, not messages" : "takes a single value, not a message or a list");
    SkipBlock();
  } else if (!is_message) {
    if (!colon) Problem(Here(), path, absl::StrCat("needs a ':' before its value, found ", Found()));
    ReadScalarValue(path, field, /*in_list=*/false, message);
  } else if (At("{") || At("<")) {
    ReadMessageValue(path, field, message);
    return;
  } else {
    Problem(Here(), path, absl::StrCat("is a message: write ", field.name(), " { ... }; found ", Found()));
    SkipValue();
  }
  if (problems_->size() > problems_before) locations_->MarkUnreadable(path);
}

void TextReader::ReadMessageValue(const std::string& path, const FieldDescriptor& field, Message* message) {
  const Block block{At("{") ? "}" : ">", Here()};
  tokenizer_.Next();
  const Reflection& reflection = *message->GetReflection();
  if (field.is_repeated()) {
    const std::string element_path = ElementPath(path, reflection.FieldSize(*message, &field));
    locations_->Record(element_path, block.opened);
    ReadFields(element_path, &block, reflection.AddMessage(message, &field));
  } else {
    ReadFields(path, &block, reflection.MutableMessage(message, &field));
  }
}

void TextReader::ReadList(const std::string& path, const FieldDescriptor& field, Message* message) {
  const bool of_messages = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  const SourceLocation opened = Here();
  tokenizer_.Next();
  if (TryConsume("]")) return;
  while (true) {
    const bool at_value = of_messages ? At("{") || At("<") : !AtEnd() && !AtOpener() && !AtCloser();
    if (!at_value) {
      Problem(AtEnd() ? opened : Here(), path,
              AtEnd() ? "has no closing ']'"
                      : absl::StrCat("expected ", of_messages ? "'{'" : "a value", " in the list, found ", Found()));
      locations_->MarkUnreadable(path);
      SkipLine();
      return;
    }
    const size_t problems_before = problems_->size();
    of_messages ? ReadMessageValue(path, field, message) : ReadScalarValue(path, field, /*in_list=*/true, message);
    if (!of_messages && problems_->size() > problems_before) locations_->MarkUnreadable(path);
    if (TryConsume("]")) return;
    if (TryConsume(",")) continue;
    Problem(Here(), path, absl::StrCat("expected ',' or ']' in the list, found ", Found()));
    if (At(":")) {  // What has been read as a value was the name of a field: the list was never closed.
      SkipLine();
      return;
    }
  }
}

void TextReader::ReadScalarValue(const std::string& path, const FieldDescriptor& field, bool in_list,
                                 Message* message) {
  const SourceLocation location = Here();
  // An identifier on a later line is more likely the next field than a value.
  const bool may_be_next_field = !in_list && OnNewLine() && tokenizer_.current().type == Tokenizer::TYPE_IDENTIFIER;
  ScalarValue value;
  value.negative = TryConsume("-");
  value.type = tokenizer_.current().type;
  value.text = tokenizer_.current().text;
  if (value.type == Tokenizer::TYPE_STRING) {
    // Strings side by side are one.
    value.text.clear();
    for (; tokenizer_.current().type == Tokenizer::TYPE_STRING; tokenizer_.Next()) {
      Tokenizer::ParseStringAppend(tokenizer_.current().text, &value.text);
    }
  }
  const absl::Status set = SetScalar(value, field, message);
  if (!set.ok() && may_be_next_field) {
    Problem(LocationOf(tokenizer_.previous().line, tokenizer_.previous().column), path, "has no value");
    return;
  }
  if (!set.ok()) Problem(location, path, std::string(set.message()));
  if (value.type != Tokenizer::TYPE_STRING && !AtCloser()) tokenizer_.Next();
}

void TextReader::ReportUnknownField(const std::string& message_path, const std::string& name,
                                    const SourceLocation& location, const Message& message) {
  const std::vector<std::string> names = FieldNames(*message.GetDescriptor());
  Problem(location, JoinPath(message_path, name), absl::StrCat("unknown field; ", NameHint(name, "fields", names)));
  const std::string meant = NearestName(name, names);
  if (!meant.empty()) locations_->MarkUnreadable(JoinPath(message_path, meant));
}

void TextReader::SkipValue() {
  const bool colon = TryConsume(":");
  if (AtEnd() || AtCloser() || (OnNewLine() && !colon && !AtOpener())) return;
  if (AtOpener()) {
    SkipBlock();
  } else if (!OnNewLine() || tokenizer_.current().type != Tokenizer::TYPE_IDENTIFIER) {
    TryConsume("-");
    const bool is_string = tokenizer_.current().type == Tokenizer::TYPE_STRING;
    do {
      tokenizer_.Next();
    } while (is_string && tokenizer_.current().type == Tokenizer::TYPE_STRING);
  }
}

void TextReader::SkipLine() {
  const int line = tokenizer_.current().line;
  // At least one token, or the caller would not get on.
  do {
    if (AtOpener()) {
      SkipBlock();
    } else {
      tokenizer_.Next();
    }
  } while (!AtEnd() && !AtCloser() && tokenizer_.current().line == line);
}

void TextReader::SkipBlock() {
  int depth = 0;
  do {
    if (AtOpener()) ++depth;
    if (AtCloser()) --depth;
    tokenizer_.Next();
  } while (depth > 0 && !AtEnd());
}

bool TextReader::AtEnd() const {
  return num_problems_ > kMaxProblems || tokenizer_.current().type == Tokenizer::TYPE_END;
}

bool TextReader::At(absl::string_view symbol) const {
  return tokenizer_.current().type == Tokenizer::TYPE_SYMBOL && tokenizer_.current().text == symbol;
}

bool TextReader::AtOpener() const { return At("{") || At("<") || At("["); }

bool TextReader::AtCloser() const { return At("}") || At(">") || At("]"); }

bool TextReader::OnNewLine() const { return tokenizer_.current().line > tokenizer_.previous().line; }

bool TextReader::TryConsume(absl::string_view symbol) {
  if (!At(symbol)) return false;
  tokenizer_.Next();
  return true;
}

std::string TextReader::Found() const {
  return AtEnd() ? "the end" : absl::StrCat("'", tokenizer_.current().text, "'");
}

SourceLocation TextReader::Here() const { return LocationOf(tokenizer_.current().line, tokenizer_.current().column); }

SourceLocation TextReader::LocationOf(int line, int column) const {
  if (start_.line == 0) return start_;
  return {start_.source, start_.line + line, column + 1};
}

void TextReader::Problem(const SourceLocation& location, const std::string& path, std::string message) {
  if (num_problems_ > kMaxProblems) return;
  if (num_problems_++ == kMaxProblems) {
    problems_->push_back(
        {location, path, absl::StrCat(kMaxProblems, " problems are enough: what follows is not read")});
    return;
  }
  problems_->push_back({location, path, std::move(message)});
}

void TextReader::AddError(int line, int column, const std::string& message) {
  // Of many unreadable bytes in a row the first is enough.
  if (line == last_error_line_) return;
  last_error_line_ = line;
  Problem(LocationOf(line, column), current_path_, absl::StrCat("cannot be read: ", absl::StripSuffix(message, ".")));
}

}  // namespace shoal
