#include "launcher/checkpoint_collector.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

absl::Status CheckFiles(const CheckpointReport& report) {
  absl::flat_hash_set<std::string> names;
  for (const CheckpointFile& file : report.files()) {
    const std::string& name = file.name();
    if (name.empty() || name[0] == '.' || name.find_first_of(std::string("/\0", 2)) != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrFormat("checkpoint of step %d: '%s' is not the name of a file in it", report.step(), name));
    }
    if (!names.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrFormat("checkpoint of step %d: file '%s' is reported twice", report.step(), name));
    }
  }
  return absl::OkStatus();
}

}  // namespace

CheckpointCollector::CheckpointCollector(int num_parts, uint64_t first_step)
    : num_parts_(num_parts), last_published_(first_step) {}

absl::Status CheckpointCollector::Add(int part, const CheckpointReport& report, std::vector<CoordinatorEvent>* events) {
  SHOAL_RETURN_IF_ERROR(CheckFiles(report));
  const uint64_t step = report.step();
  if (decided_.contains(step)) return absl::OkStatus();
  if (!report.error().empty()) {
    events->push_back(CheckpointFailed{step, {report.role(), static_cast<int>(report.index())}, report.error()});
    decided_.insert(step);
    parts_.erase(step);
    return absl::OkStatus();
  }
  auto it = parts_.try_emplace(step, num_parts_).first;
  Parts<CheckpointReport>& parts = it->second;
  parts.Add(part, report);
  if (!parts.complete()) return absl::OkStatus();

  CheckpointComplete complete{step, {}};
  for (int i = 0; i < parts.size(); ++i) {
    complete.files.insert(complete.files.end(), parts[i].files().begin(), parts[i].files().end());
  }
  events->push_back(std::move(complete));
  decided_.insert(step);
  parts_.erase(it);
  return absl::OkStatus();
}

bool CheckpointCollector::HasPart(int part, uint64_t step) const {
  const auto it = parts_.find(step);
  return decided_.contains(step) || (it != parts_.end() && it->second.has(part));
}

void CheckpointCollector::Published(uint64_t step) {
  published_.insert(step);
  last_published_ = std::max(last_published_, step);
}

}  // namespace shoal
