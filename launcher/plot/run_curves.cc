#include "launcher/plot/run_curves.h"

#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/base/parse_json.h"
#include "common/base/status_macros.h"
#include "common/config/parse_job.h"
#include "launcher/run_directory.h"

namespace shoal {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxFileBytes = std::numeric_limits<int32_t>::max();
// Fields beside the metrics.
constexpr absl::string_view kNoMetrics[] = {"step", "epoch", "examples", "learning_rate", "examples_per_second"};

// Null where the object has no such field.
Json Field(const Json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return !object.is_object() || it == object.end() ? Json() : *it;
}

// Values that are no numbers are null in JSON.
void AddMetrics(const Json& metrics, double epoch, std::map<std::string, std::vector<CurvePoint>>* curves) {
  for (const auto& [name, value] : metrics.items()) {
    if (absl::c_linear_search(kNoMetrics, name) || !(value.is_number() || value.is_null())) continue;
    const double number = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    (*curves)[name].push_back({epoch, number});
  }
}

absl::StatusOr<double> ReadEpochs(FileSystem& file_system, const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file_system, path, kMaxFileBytes));
  std::vector<Diagnostic> problems;
  const ParsedJob parsed = ParseJob(text, path, &problems);
  if (problems.empty() && parsed.job.training().epochs() > 0) return parsed.job.training().epochs();
  return absl::DataLossError(absl::StrCat(path, " is not the job of a run"));
}

// Adds the validation and returns the number of steps that an epoch has.
absl::StatusOr<double> ReadSummary(FileSystem& file_system, const RunDirectory& run, RunCurves* curves) {
  SHOAL_ASSIGN_OR_RETURN(const double epochs, ReadEpochs(file_system, run.job_file()));
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file_system, run.summary_file(), kMaxFileBytes));
  const Json summary = ParseJson<Json>(text);
  const Json total_steps = Field(summary, "total_steps");
  if (!total_steps.is_number_unsigned() || total_steps.get<uint64_t>() == 0) {
    return absl::DataLossError(absl::StrCat(run.summary_file(), " is not a summary: it has no \"total_steps\""));
  }
  for (const Json& entry : Field(summary, "epochs")) {
    const Json epoch = Field(entry, "epoch");
    if (epoch.is_number()) AddMetrics(Field(entry, "validation"), epoch.get<double>(), &curves->validation);
  }
  return total_steps.get<double>() / epochs;
}

absl::Status ReadMetrics(FileSystem& file_system, const std::string& path, double steps_per_epoch, RunCurves* curves) {
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file_system, path, kMaxFileBytes));
  // What follows the last line feed is still being written.
  const absl::string_view whole_lines = absl::string_view(text).substr(0, text.rfind('\n') + 1);
  double previous_step = 0;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(whole_lines, '\n')) {
    ++number;
    if (line.empty()) continue;
    const Json metrics = ParseJson<Json>(line);
    const Json step = Field(metrics, "step");
    if (!step.is_number_unsigned()) {
      return absl::DataLossError(absl::StrCat(path, ":", number, ": not a JSON object with \"step\""));
    }
    AddMetrics(metrics, (previous_step + step.get<double>()) / 2 / steps_per_epoch, &curves->train);
    previous_step = step.get<double>();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RunCurves> ReadRunCurves(FileSystem& file_system, const std::string& path) {
  const RunDirectory run(path);
  SHOAL_ASSIGN_OR_RETURN(const bool exists, file_system.Exists(run.summary_file()));
  if (!exists) return absl::NotFoundError(absl::StrCat(path, " is not a run: it has no summary.json"));
  RunCurves curves;
  curves.name = std::filesystem::path(run.path()).filename().string();
  SHOAL_ASSIGN_OR_RETURN(const double steps_per_epoch, ReadSummary(file_system, run, &curves));
  SHOAL_RETURN_IF_ERROR(ReadMetrics(file_system, run.metrics_file(), steps_per_epoch, &curves));
  return curves;
}

}  // namespace shoal
