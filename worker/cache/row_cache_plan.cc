#include "worker/cache/row_cache_plan.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/algorithm/container.h"
#include "common/base/status_macros.h"
#include "common/config/find_table.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"

namespace shoal {
namespace {

// Names that are empty are of none.
std::vector<std::string> TablesThatAreRead(const ModelConfig& model) {
  if (model.has_matrix_factorization()) {
    const MatrixFactorization& factors = model.matrix_factorization();
    return {factors.user().table(), factors.item().table(), factors.user_bias_table(), factors.item_bias_table(),
            factors.global_bias_table()};
  }
  if (model.has_implicit_factorization()) {
    const ImplicitFactorization& factors = model.implicit_factorization();
    return {factors.user().table(), factors.item().table(), factors.item_bias_table()};
  }
  const SampledSoftmax& softmax = model.network().loss().sampled_softmax();
  std::vector<std::string> tables = {softmax.table(), softmax.bias_table()};
  for (const InputFeature& feature : model.network().features()) {
    tables.push_back(feature.has_bag() ? feature.bag().table() : feature.id().table());
  }
  return tables;
}

bool CanBeCached(const TableConfig& table) {
  return !table.has_max_norm() && !table.has_gradient_clipping() && !table.scale_grad_by_freq();
}

absl::StatusOr<RowCache::Table> WithoutSlots(const ResolvedJob& job, const TableConfig& config,
                                             const Schedule& schedule) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<RowOptimizer> optimizer, CreateRowOptimizer(config, schedule));
  RowCache::Table table;
  table.row_floats = optimizer->layout().row_floats();
  table.segment = optimizer->layout().segment();
  table.directory.num_rows = static_cast<uint64_t>(config.num_embeddings());
  if (config.has_padding_idx()) table.directory.uncached = static_cast<uint64_t>(config.padding_idx());
  const ClusterConfig& cluster = job.job().cluster();
  if (cluster.workers() > 1 && !config.freeze()) table.directory.max_staleness = cluster.row_cache().max_staleness();
  return table;
}

}  // namespace

absl::StatusOr<std::vector<RowCache::Table>> PlanRowCache(const ResolvedJob& job) {
  SHOAL_ASSIGN_OR_RETURN(const Schedule schedule,
                         Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()));
  std::vector<RowCache::Table> tables;
  for (const TableConfig& config : job.job().tables()) {
    SHOAL_ASSIGN_OR_RETURN(tables.emplace_back(), WithoutSlots(job, config, schedule));
  }
  std::vector<int> cached;
  for (const std::string& name : TablesThatAreRead(job.job().model())) {
    const absl::optional<int> number = FindTable(job.job(), name);
    if (!number.has_value() || !CanBeCached(job.job().tables(*number))) continue;
    if (!absl::c_linear_search(cached, *number)) cached.push_back(*number);
  }
  const auto bytes_of_row = [&](int table) { return static_cast<uint64_t>(tables[table].row_floats) * sizeof(float); };
  absl::c_stable_sort(cached, [&](int a, int b) {
    return tables[a].directory.num_rows * bytes_of_row(a) < tables[b].directory.num_rows * bytes_of_row(b);
  });
  const bool is_embedded = job.job().cluster().parameter_servers() == 0;
  auto left = static_cast<uint64_t>(job.job().cluster().row_cache().bytes());
  for (size_t i = 0; i < cached.size(); ++i) {
    SlotDirectory::Options& directory = tables[cached[i]].directory;
    const uint64_t share = left / (cached.size() - i) / bytes_of_row(cached[i]);
    directory.num_slots =
        static_cast<uint32_t>(std::min({directory.num_rows, share, uint64_t{SlotDirectory::kNoSlot} - 1}));
    left -= directory.num_slots * bytes_of_row(cached[i]);
    tables[cached[i]].is_resident =
        is_embedded && directory.num_slots == directory.num_rows && !directory.uncached.has_value();
  }
  return tables;
}

}  // namespace shoal
