#include "launcher/metrics_log.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/base/parse_json.h"
#include "common/base/status_macros.h"
#include "launcher/metric_values.h"
#include "launcher/run_directory.h"

namespace shoal {
namespace {

bool IsUpTo(absl::string_view line, uint64_t step) {
  const nlohmann::json parsed = ParseJson<nlohmann::json>(line);
  if (!parsed.is_object()) return false;
  const auto it = parsed.find("step");
  return it != parsed.end() && it->is_number_unsigned() && it->get<uint64_t>() <= step;
}

absl::StatusOr<std::string> KeptLines(FileSystem& files, const std::string& path, uint64_t resume_step) {
  SHOAL_ASSIGN_OR_RETURN(const bool exists, files.Exists(path));
  if (!exists) return std::string();
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, path, std::numeric_limits<int32_t>::max()));
  std::string kept;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (IsUpTo(line, resume_step)) absl::StrAppend(&kept, line, "\n");
  }
  return kept;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsLog>> MetricsLog::Open(FileSystem& files, const std::string& path,
                                                             uint64_t resume_step) {
  SHOAL_ASSIGN_OR_RETURN(const std::string kept, KeptLines(files, path, resume_step));
  SHOAL_RETURN_IF_ERROR(ReplaceFile(files, path, kept));
  std::ofstream file(path, std::ios::binary | std::ios::app);
  if (!file) return absl::UnavailableError(absl::StrCat("cannot open ", path));
  return std::unique_ptr<MetricsLog>(new MetricsLog(path, std::move(file)));
}

absl::Status MetricsLog::Append(const IntervalRecord& record, absl::Time now) {
  nlohmann::ordered_json line = {{"step", record.step}, {"epoch", record.epoch}};
  for (const MetricValue& metric : MetricValues(record.train)) line[metric.name] = metric.value;
  line["examples"] = record.train.examples();
  line["learning_rate"] = record.learning_rate;
  line["examples_per_second"] = static_cast<double>(record.train.examples()) / record.seconds;
  line["time"] = absl::FormatTime(absl::RFC3339_full, now, absl::UTCTimeZone());
  file_ << line.dump() << "\n";
  file_.flush();
  if (!file_) return absl::UnavailableError(absl::StrCat("cannot write to ", path_));
  return absl::OkStatus();
}

}  // namespace shoal
