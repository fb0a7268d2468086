#include "launcher/resume.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/config/dense_layers.h"

namespace shoal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using FieldPath = std::vector<MessageDifferencer::SpecificField>;

bool IsDefault(const Message& message, const FieldDescriptor* field) {
  // What a printer writes tells all types apart, -0 and NaN too.
  std::string value;
  std::string default_value;
  google::protobuf::TextFormat::PrintFieldValueToString(message, field, -1, &value);
  const std::unique_ptr<Message> empty(message.New());
  google::protobuf::TextFormat::PrintFieldValueToString(*empty, field, -1, &default_value);
  return value == default_value;
}

// Clears the fields that are set to their default. Messages stay: which one of a oneof is set counts, even if it is
// empty. MessageDifferencer's EQUIVALENT mode would take sgd {} and adam {} for the same.
void ClearDefaults(Message* message) {
  const google::protobuf::Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      const bool removable = !field->is_repeated() && field->has_default_value();
      if (removable && IsDefault(*message, field)) reflection->ClearField(message, field);
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        ClearDefaults(reflection->MutableRepeatedMessage(message, field, i));
      }
    } else {
      ClearDefaults(reflection->MutableMessage(message, field));
    }
  }
}

bool CyclesMomentum(const ScheduleConfig& schedule) {
  return schedule.has_one_cycle() && schedule.one_cycle().cycle_momentum();
}

bool DependsOnTotalSteps(const ScheduleConfig& schedule) { return schedule.has_one_cycle() || schedule.has_cosine(); }

bool HasDenseEquivalentRows(const JobConfig& job) {
  return std::any_of(job.tables().begin(), job.tables().end(),
                     [](const TableConfig& table) { return table.row_semantics() == DENSE_EQUIVALENT; });
}

// What of the learning rates of all steps must stay.
struct KeptRates {
  bool learning_rate;
  bool schedule;
  bool epochs;
  std::string why_rates;  // Of learning_rate and, but for momentum, schedule.
  std::string why_epochs;
};

// A row of a DENSE_EQUIVALENT table that was idle before the checkpoint is caught up after it, with the rates of the
// steps that it missed: these must be the rates of the run that took the steps. Whether momentum is cycled decides what
// state a row has.
KeptRates RatesThatMustStay(const JobConfig& saved, const JobConfig& job) {
  const bool dense = HasDenseEquivalentRows(saved) || HasDenseEquivalentRows(job);
  const ScheduleConfig& schedule = saved.training().schedule();
  const bool other_momentum = CyclesMomentum(schedule) != CyclesMomentum(job.training().schedule());
  KeptRates rates = {dense, dense || other_momentum, dense && DependsOnTotalSteps(schedule), "", ""};
  const std::string idle =
      "rows of a DENSE_EQUIVALENT table that were idle before the checkpoint are yet to be caught up, with the "
      "learning rates of the steps that they missed";
  rates.why_rates = dense ? idle : "one_cycle with cycle_momentum gives rows a state that they have not without";
  if (rates.epochs) {
    rates.why_epochs =
        absl::StrCat(idle, "; under ", schedule.has_one_cycle() ? "one_cycle" : "cosine", " epochs decides those");
  }
  return rates;
}

void ClearPaths(DataSource* source) {
  source->clear_path();
  source->clear_labels_path();
}

// The job without what may change.
ResolvedJob WhatMustStay(const ResolvedJob& resolved, const KeptRates& rates) {
  ResolvedJob kept = resolved;
  kept.clear_total_steps();
  kept.clear_num_skipped_records();
  kept.clear_vocabulary_directory();
  kept.clear_train_content_hash();  // ChangedSources compares them.
  kept.clear_validation_content_hash();
  JobConfig* job = kept.mutable_job();
  job->clear_name();
  job->clear_cluster();
  ClearPaths(job->mutable_data()->mutable_train());
  if (job->data().has_validation()) ClearPaths(job->mutable_data()->mutable_validation());
  for (TableConfig& table : *job->mutable_tables()) {
    if (table.has_pretrained()) table.mutable_pretrained()->clear_path();
  }
  TrainingConfig* training = job->mutable_training();
  if (!rates.epochs) training->clear_epochs();
  if (!rates.learning_rate) training->clear_learning_rate();
  ScheduleConfig* schedule = training->mutable_schedule();
  if (!rates.schedule) {
    training->clear_schedule();
  } else if (schedule->schedule_case() == ScheduleConfig::SCHEDULE_NOT_SET) {
    schedule->mutable_constant();
  }
  training->clear_checkpoint();
  training->clear_log_every_steps();
  training->clear_validation_batch_size();
  // Defaults of the tables, which have them filled in; but that of the dense parameters is training.optimizer.
  if (!HasDenseParameters(job->model())) {
    training->clear_optimizer();
  } else if (training->optimizer().optimizer_case() == OptimizerConfig::OPTIMIZER_NOT_SET) {
    training->mutable_optimizer()->mutable_sgd();
  }
  training->clear_row_semantics();
  // What is done with a trained model.
  if (job->model().has_network()) {
    job->mutable_model()->mutable_network()->clear_embedding_layers();
    job->mutable_model()->mutable_network()->clear_knn_accuracy();
  }
  ClearDefaults(&kept);
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

std::string ValueText(const Message& message, const FieldDescriptor* field, int index) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintFieldValueToString(message, field, field->is_repeated() ? index : -1, &text);
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return text;
  const absl::string_view fields = absl::StripSuffix(text, " ");
  return absl::StrCat(field->name(), fields.empty() ? " {}" : absl::StrCat(" { ", fields, " }"));
}

// What a field is worth where it is not set.
std::string AbsentText(const FieldDescriptor* field) {
  if (!field->has_default_value()) return "nothing";
  const std::unique_ptr<Message> empty(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(field->containing_type())->New());
  return ValueText(*empty, field, -1);
}

class DifferenceList final : public MessageDifferencer::Reporter {
 public:
  // `rates` outlives the list.
  explicit DifferenceList(const KeptRates& rates) : rates_(rates) {}

  void ReportModified(const Message& saved, const Message& now, const FieldPath& path) override {
    // The parts of a message that differ are reported by themselves.
    if (path.back().field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return;
    Add(path, ValueText(saved, path.back().field, path.back().index),
        ValueText(now, path.back().field, path.back().new_index));
  }
  void ReportAdded(const Message& /*saved*/, const Message& now, const FieldPath& path) override {
    Add(path, AbsentText(path.back().field), ValueText(now, path.back().field, path.back().index));
  }
  void ReportDeleted(const Message& saved, const Message& /*now*/, const FieldPath& path) override {
    Add(path, ValueText(saved, path.back().field, path.back().index), AbsentText(path.back().field));
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void Add(const FieldPath& path, absl::string_view saved, absl::string_view now) {
    const std::string field = PathText(path);
    const std::string why = WhyKept(field);
    lines_.push_back(absl::StrCat(field, ": the checkpoint has ", saved, ", the job now has ", now,
                                  why.empty() ? "" : absl::StrCat(" (", why, ")")));
  }
  // Of what may change in other jobs.
  std::string WhyKept(absl::string_view field) const {
    if (field == "training.epochs") return rates_.why_epochs;
    if (field == "training.learning_rate" || absl::StartsWith(field, "training.schedule")) return rates_.why_rates;
    return "";
  }

  const KeptRates& rates_;
  std::vector<std::string> lines_;
};

// Sources with other contents, a line each; what an older checkpoint does not know is not compared.
std::vector<std::string> ChangedSources(const ResolvedJob& saved, const ResolvedJob& job) {
  std::vector<std::string> lines;
  const auto compare = [&](absl::string_view name, bool are_known, uint64_t before, uint64_t now) {
    if (!are_known || before == now) return;
    lines.push_back(
        absl::StrCat(name, ": its records, or their order, are not those that the checkpoint was trained on"));
  };
  compare("data.train", saved.has_train_content_hash() && job.has_train_content_hash(), saved.train_content_hash(),
          job.train_content_hash());
  compare("data.validation", saved.has_validation_content_hash() && job.has_validation_content_hash(),
          saved.validation_content_hash(), job.validation_content_hash());
  return lines;
}

}  // namespace

absl::Status CheckSameTraining(const ResolvedJob& saved, const ResolvedJob& job) {
  const KeptRates rates = RatesThatMustStay(saved.job(), job.job());
  DifferenceList differences(rates);
  MessageDifferencer differencer;
  differencer.ReportDifferencesTo(&differences);
  differencer.Compare(WhatMustStay(saved, rates), WhatMustStay(job, rates));
  // Where fields differ, sources may well have to.
  const std::vector<std::string> lines = differences.lines().empty() ? ChangedSources(saved, job) : differences.lines();
  return lines.empty() ? absl::OkStatus() : absl::FailedPreconditionError(absl::StrJoin(lines, "\n"));
}

}  // namespace shoal
