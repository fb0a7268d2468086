// Reads Protobuf text format into a message and goes on after every error, so that all of them are reported at once.
//
// TextFormat::Parser, from which the grammar and the tokenizer come, stops at the first error and knows no field path.
// What a job cannot contain is not read: extensions, Any, and repeated fields of anything but messages.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_COMMON_CONFIG_TEXT_READER_H_
#define SHOAL_COMMON_CONFIG_TEXT_READER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"

namespace shoal {

class TextReader : private google::protobuf::io::ErrorCollector {
 public:
  // More come from a file that is no job, and there may be one for each of its words.
  static constexpr size_t kMaxProblems = 100;

  // `text`, `locations` and `problems` must outlive the reader. Lines count from `start`; a start without a line (an
  // override) is the location of everything.
  TextReader(absl::string_view text, SourceLocation start, FieldLocations* locations,
             std::vector<Diagnostic>* problems);
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;

  // Each reads to the end of the text, sets what can be understood, records where it stands, and adds a problem for
  // each thing that cannot, up to kMaxProblems; what follows them is not read. `path` is where the message or the field
  // lies in the job.

  // The text is the inside of a message: fields. Adds to what `message` has.
  void ReadMessage(const std::string& path, google::protobuf::Message* message);
  // The text is one value, as behind "field:". REQUIRES: the field is not set.
  void ReadValue(const std::string& path, const google::protobuf::FieldDescriptor& field,
                 google::protobuf::Message* message);

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;
  using Tokenizer = google::protobuf::io::Tokenizer;

  // An opened message: what closes it, and where it was opened.
  struct Block {
    std::string closer;
    SourceLocation opened;
  };

  // Reads up to the end of the block; null: of the text.
  void ReadFields(const std::string& path, const Block* block, Message* message);
  // The current token is the field's name.
  void ReadField(const std::string& message_path, Message* message);
  // False, with a problem: the field, or another of its oneof, is set already.
  bool CheckNotSet(const std::string& message_path, const FieldDescriptor& field, const Message& message);
  // The current token is what follows the name, or with `colon` what follows the colon.
  void ReadFieldValue(const std::string& path, const FieldDescriptor& field, bool colon, Message* message);
  void ReadMessageValue(const std::string& path, const FieldDescriptor& field, Message* message);
  void ReadList(const std::string& path, const FieldDescriptor& field, Message* message);
  void ReadScalarValue(const std::string& path, const FieldDescriptor& field, bool in_list, Message* message);

  void ReportUnknownField(const std::string& message_path, const std::string& name, const SourceLocation& location,
                          const Message& message);
  // Passes over the value of a field that cannot be used.
  void SkipValue();
  // Passes over whatever is left on the current token's line, and over blocks that begin there.
  void SkipLine();
  // From an opening bracket to behind the one that closes it.
  void SkipBlock();

  bool AtEnd() const;
  bool At(absl::string_view symbol) const;
  bool AtOpener() const;
  bool AtCloser() const;
  bool OnNewLine() const;
  bool TryConsume(absl::string_view symbol);
  // The current token in words.
  std::string Found() const;
  SourceLocation Here() const;
  SourceLocation LocationOf(int line, int column) const;
  // Nothing once there are kMaxProblems; the reader is then at the end.
  void Problem(const SourceLocation& location, const std::string& path, std::string message);

  // What the tokenizer cannot read.
  void AddError(int line, int column, const std::string& message) override;

  SourceLocation start_;
  FieldLocations* locations_;
  std::vector<Diagnostic>* problems_;
  google::protobuf::io::ArrayInputStream input_;
  // Mutable because current() is not const.
  mutable Tokenizer tokenizer_;
  // Of the message that the text is the inside of; null when reading a value.
  const google::protobuf::Descriptor* outermost_ = nullptr;
  // The field being read, for the tokenizer's problems.
  std::string current_path_;
  int last_error_line_ = -1;
  size_t num_problems_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_TEXT_READER_H_
