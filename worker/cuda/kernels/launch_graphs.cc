#include "worker/cuda/kernels/launch_graphs.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

absl::Status Explain(const absl::Status& error, absl::string_view part) {
  return absl::Status(error.code(), absl::StrCat("the launches of a step's ", part, " cannot be recorded as a graph: ",
                                                 error.message(), "; train with cluster.cuda_graphs: false"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordedLaunches>> LaunchGraphs::Record(const Key& key,
                                                                       absl::FunctionRef<void()> queue) {
  SHOAL_RETURN_IF_ERROR(device_.recorder->Begin());
  queue();
  absl::StatusOr<std::unique_ptr<RecordedLaunches>> recorded = device_.recorder->End();
  if (!recorded.ok()) return Explain(recorded.status(), key.part);
  return recorded;
}

absl::Status LaunchGraphs::Run(const Key& key, absl::FunctionRef<void()> queue) {
  if (!records_) {
    queue();
    return absl::OkStatus();
  }
  if (device_.memory->num_frees() != num_frees_) {
    graphs_.clear();
    num_frees_ = device_.memory->num_frees();
  }
  const auto known = graphs_.find(key);
  if (known == graphs_.end()) {
    if (graphs_.size() < kMaxGraphs) graphs_[key] = nullptr;
    queue();
    return absl::OkStatus();
  }
  if (known->second == nullptr) {
    SHOAL_ASSIGN_OR_RETURN(known->second, Record(key, queue));
  }
  known->second->Launch();
  return absl::OkStatus();
}

}  // namespace shoal
