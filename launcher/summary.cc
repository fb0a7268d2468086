#include "launcher/summary.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/parse_json.h"
#include "common/base/status_macros.h"
#include "common/config/dense_layers.h"
#include "launcher/metrics_json.h"
#include "launcher/run_directory.h"

namespace shoal {
namespace {

constexpr char kValidation[] = "validation";
constexpr char kSpeed[] = "examples_per_second";

// An object with an array "epochs"; null where there is no file.
absl::StatusOr<nlohmann::ordered_json> ReadSummary(FileSystem& files, const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(const bool exists, files.Exists(path));
  if (!exists) return nlohmann::ordered_json();
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, path, std::numeric_limits<int32_t>::max()));
  auto saved = ParseJson<nlohmann::ordered_json>(text);
  const auto epochs = saved.is_object() ? saved.find("epochs") : saved.end();
  if (!saved.is_object() || epochs == saved.end() || !epochs->is_array()) {
    return absl::DataLossError(absl::StrCat(path, " is not a summary: it is not a JSON object with \"epochs\""));
  }
  return saved;
}

}  // namespace

absl::StatusOr<std::string> SavedStatus(FileSystem& files, const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(const nlohmann::ordered_json saved, ReadSummary(files, path));
  const auto status = saved.find("status");
  return status != saved.end() && status->is_string() ? status->get<std::string>() : std::string();
}

Summary::Summary(const ResolvedJob& job) : job_(job) {}

absl::Status Summary::KeepEpochs(FileSystem& files, const std::string& path, uint64_t resume_step) {
  SHOAL_ASSIGN_OR_RETURN(const nlohmann::ordered_json saved, ReadSummary(files, path));
  if (saved.is_null()) return absl::OkStatus();
  for (const auto& epoch : saved["epochs"]) {
    const auto number = epoch.is_object() ? epoch.find("epoch") : epoch.end();
    if (!epoch.is_object() || number == epoch.end() || !number->is_number_unsigned()) {
      return absl::DataLossError(absl::StrCat(path, " is not a summary: an entry of \"epochs\" has no \"epoch\""));
    }
    const auto validation = epoch.find(kValidation);
    if (validation != epoch.end() && !validation->is_object()) {
      return absl::DataLossError(absl::StrCat(path, " is not a summary: a \"validation\" of \"epochs\" is no object"));
    }
    if (number->get<uint64_t>() <= resume_step / job_.steps_per_epoch()) epochs_.push_back(epoch);
  }
  const auto speed = saved.find(kSpeed);
  const bool is_trained = resume_step >= static_cast<uint64_t>(job_.total_steps());
  if (is_trained && speed != saved.end() && speed->is_number()) earlier_speed_ = speed->get<double>();
  return absl::OkStatus();
}

void Summary::AddInterval(const IntervalRecord& interval) {
  interval_speed_.examples += static_cast<double>(interval.train.examples());
  interval_speed_.seconds += interval.seconds;
}

void Summary::AddEpoch(const EpochRecord& epoch) {
  // Epochs come in order. A resumed run validates the one before again; what the earlier run said of it stands.
  if (!epochs_.empty() && epochs_.back()["epoch"].get<uint64_t>() >= epoch.epoch) return;
  nlohmann::ordered_json entry = {{"epoch", epoch.epoch}};
  // None where what was trained of it was reported by workers that were lost since.
  if (epoch.train.examples() > 0) entry["train"] = MetricsJson(epoch.train);
  if (epoch.validation.examples() > 0) entry[kValidation] = MetricsJson(epoch.validation);
  entry["seconds"] = epoch.train_seconds + epoch.validation_seconds;
  epochs_.push_back(std::move(entry));
  epoch_speed_.examples += static_cast<double>(epoch.train.examples());
  epoch_speed_.seconds += epoch.train_seconds;
}

void Summary::SetKnnAccuracy(double accuracy) {
  if (!epochs_.empty()) epochs_.back()[kValidation][kKnnAccuracy] = accuracy;
}

void Summary::SetCheckpoint(uint64_t step, const std::string& path, const CheckpointDigests& digests) {
  checkpoint_step_ = step;
  checkpoint_ = path;
  digests_ = digests;
}

void Summary::SetFailed(absl::string_view error) {
  status_ = "failed";
  error_ = std::string(absl::StripSuffix(error, "\n"));
}

double Summary::ExamplesPerSecond() const {
  const Speed& speed = epoch_speed_.seconds > 0 ? epoch_speed_ : interval_speed_;
  return speed.seconds > 0 ? speed.examples / speed.seconds : 0;
}

std::string Summary::ToJson() const {
  const JobConfig& job = job_.job();
  nlohmann::ordered_json json = {{"name", job.name()}, {"status", status_}};
  if (!error_.empty()) json["error"] = error_;
  json["steps"] = steps_;
  json["total_steps"] = job_.total_steps();
  json["epochs"] = epochs_;
  json[kSpeed] = earlier_speed_ > 0 ? earlier_speed_ : ExamplesPerSecond();
  json["peak_memory_bytes"] = peak_memory_;
  if (!checkpoint_.empty()) {
    json["weights_digest"] = digests_.weights;
    if (HasDenseParameters(job.model())) json["dense_digest"] = digests_.dense;
    json["checkpoint"] = checkpoint_;
    json["checkpoint_step"] = checkpoint_step_;
  }
  json["parameter_servers"] = job.cluster().parameter_servers();
  json["workers"] = job.cluster().workers();
  json["compute"] = ClusterConfig::Compute_Name(job.cluster().compute());
  // A CPU computes HIGHEST whatever is asked for.
  json["matmul_precision"] = ClusterConfig::MatmulPrecision_Name(
      job.cluster().compute() == ClusterConfig::CUDA ? job.cluster().matmul_precision() : ClusterConfig::HIGHEST);
  json["wire_dtype"] = DType_Name(job.cluster().wire_dtype());
  json["devices"] = devices_;
  json["restarts"] = restarts_;
  if (row_cache_reads_.reads > 0) {
    json["row_cache"] = {
        {"reads", row_cache_reads_.reads}, {"hits", row_cache_reads_.hits}, {"hit_rate", row_cache_reads_.hit_rate()}};
  }
  json["skipped_records"] = job_.num_skipped_records();
  // Names may hold any bytes; what is not UTF-8 is shown as U+FFFD.
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

absl::Status Summary::Write(FileSystem& files, const std::string& path) const {
  return ReplaceFile(files, path, ToJson());
}

}  // namespace shoal
