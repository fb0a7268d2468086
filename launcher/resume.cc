#include "launcher/resume.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace shoal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using FieldPath = std::vector<MessageDifferencer::SpecificField>;

// The job without what may change.
ResolvedJob WhatMustStay(const ResolvedJob& resolved) {
  ResolvedJob kept = resolved;
  kept.clear_total_steps();
  kept.clear_num_skipped_records();
  kept.clear_vocabulary_directory();
  JobConfig* job = kept.mutable_job();
  job->clear_name();
  job->clear_cluster();
  job->mutable_data()->mutable_train()->clear_path();
  if (job->data().has_validation()) job->mutable_data()->mutable_validation()->clear_path();
  TrainingConfig* training = job->mutable_training();
  training->clear_epochs();
  training->clear_learning_rate();
  training->clear_schedule();
  training->clear_checkpoint();
  training->clear_log_every_steps();
  training->clear_validation_batch_size();
  // Defaults of the tables, which have them filled in.
  training->clear_optimizer();
  training->clear_row_semantics();
  return kept;
}

// As it stands in the job file: "tables[1].embedding_dim".
std::string PathText(const FieldPath& path) {
  std::string text;
  for (const MessageDifferencer::SpecificField& part : path) {
    if (part.field == nullptr) continue;
    absl::StrAppend(&text, text.empty() ? "" : ".", part.field->name());
    if (part.field->is_repeated()) absl::StrAppend(&text, "[", part.index >= 0 ? part.index : part.new_index, "]");
  }
  return std::string(absl::StripPrefix(text, "job."));
}

std::string ValueText(const Message& message, const MessageDifferencer::SpecificField& part, int index) {
  const FieldDescriptor* field = part.field;
  if (!field->is_repeated() && !message.GetReflection()->HasField(message, field) && !field->has_default_value()) {
    return "nothing";
  }
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintFieldValueToString(message, field, field->is_repeated() ? index : -1, &text);
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? absl::StrCat("{ ", absl::StripSuffix(text, " "), " }")
                                                               : text;
}

class DifferenceList final : public MessageDifferencer::Reporter {
 public:
  void ReportModified(const Message& saved, const Message& now, const FieldPath& path) override {
    Add(path, ValueText(saved, path.back(), path.back().index), ValueText(now, path.back(), path.back().new_index));
  }
  void ReportAdded(const Message& /*saved*/, const Message& now, const FieldPath& path) override {
    Add(path, "nothing", ValueText(now, path.back(), path.back().index));
  }
  void ReportDeleted(const Message& saved, const Message& /*now*/, const FieldPath& path) override {
    Add(path, ValueText(saved, path.back(), path.back().index), "nothing");
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void Add(const FieldPath& path, absl::string_view saved, absl::string_view now) {
    lines_.push_back(absl::StrCat(PathText(path), ": the checkpoint has ", saved, ", the job now has ", now));
  }
  std::vector<std::string> lines_;
};

}  // namespace

absl::Status CheckSameTraining(const ResolvedJob& saved, const ResolvedJob& job) {
  DifferenceList differences;
  MessageDifferencer differencer;
  // A field that is set to its default equals one that is not set.
  differencer.set_message_field_comparison(MessageDifferencer::EQUIVALENT);
  differencer.ReportDifferencesTo(&differences);
  if (differencer.Compare(WhatMustStay(saved), WhatMustStay(job))) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrJoin(differences.lines(), "\n"));
}

}  // namespace shoal
