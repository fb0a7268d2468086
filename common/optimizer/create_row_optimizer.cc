#include <cmath>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/optimizer/adagrad_optimizer.h"
#include "common/optimizer/adam_optimizer.h"
#include "common/optimizer/row_optimizer.h"
#include "common/optimizer/rowwise_adagrad_optimizer.h"
#include "common/optimizer/sgd_optimizer.h"

namespace shoal {
namespace {

absl::Status Error(const TableConfig& table, absl::string_view field, absl::string_view value,
                   absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("table \"", table.name(), "\": ", field, " is ", value, "; it must be ", expected));
}

absl::Status CheckAtLeast(const TableConfig& table, absl::string_view field, double value, double low) {
  if (std::isfinite(value) && value >= low) return absl::OkStatus();
  return Error(table, field, absl::StrCat(value), absl::StrCat("a number of at least ", low));
}

absl::Status CheckBelowOne(const TableConfig& table, absl::string_view field, double value) {
  if (value >= 0 && value < 1) return absl::OkStatus();
  return Error(table, field, absl::StrCat(value), "in [0, 1)");
}

// An element that never had a gradient is divided by eps alone.
absl::Status CheckEps(const TableConfig& table, absl::string_view field, double value) {
  if (std::isfinite(value) && static_cast<float>(value) > 0) return absl::OkStatus();
  return Error(table, field, absl::StrCat(value), "above 0");
}

absl::Status CheckSgd(const TableConfig& table) {
  const OptimizerConfig::Sgd& sgd = table.optimizer().sgd();
  SHOAL_RETURN_IF_ERROR(CheckBelowOne(table, "optimizer.sgd.momentum", sgd.momentum()));
  SHOAL_RETURN_IF_ERROR(CheckAtLeast(table, "optimizer.sgd.weight_decay", sgd.weight_decay(), 0));
  if (!std::isfinite(sgd.dampening())) {
    return Error(table, "optimizer.sgd.dampening", absl::StrCat(sgd.dampening()), "a number");
  }
  if (sgd.nesterov() && (sgd.momentum() <= 0 || sgd.dampening() != 0)) {
    return Error(table, "optimizer.sgd.nesterov", "true", "false without momentum or with dampening");
  }
  return absl::OkStatus();
}

absl::Status CheckAdagrad(const TableConfig& table) {
  const OptimizerConfig::Adagrad& adagrad = table.optimizer().adagrad();
  SHOAL_RETURN_IF_ERROR(CheckAtLeast(table, "optimizer.adagrad.lr_decay", adagrad.lr_decay(), 0));
  SHOAL_RETURN_IF_ERROR(CheckAtLeast(table, "optimizer.adagrad.weight_decay", adagrad.weight_decay(), 0));
  SHOAL_RETURN_IF_ERROR(
      CheckAtLeast(table, "optimizer.adagrad.initial_accumulator_value", adagrad.initial_accumulator_value(), 0));
  return CheckEps(table, "optimizer.adagrad.eps", adagrad.eps());
}

absl::Status CheckRowwiseAdagrad(const TableConfig& table) {
  const OptimizerConfig::RowwiseAdagrad& adagrad = table.optimizer().rowwise_adagrad();
  SHOAL_RETURN_IF_ERROR(CheckAtLeast(table, "optimizer.rowwise_adagrad.weight_decay", adagrad.weight_decay(), 0));
  SHOAL_RETURN_IF_ERROR(CheckAtLeast(table, "optimizer.rowwise_adagrad.initial_accumulator_value",
                                     adagrad.initial_accumulator_value(), 0));
  return CheckEps(table, "optimizer.rowwise_adagrad.eps", adagrad.eps());
}

absl::Status CheckAdam(const TableConfig& table) {
  const OptimizerConfig::Adam& adam = table.optimizer().adam();
  SHOAL_RETURN_IF_ERROR(CheckBelowOne(table, "optimizer.adam.beta1", adam.beta1()));
  SHOAL_RETURN_IF_ERROR(CheckBelowOne(table, "optimizer.adam.beta2", adam.beta2()));
  SHOAL_RETURN_IF_ERROR(CheckAtLeast(table, "optimizer.adam.eps", adam.eps(), 1e-16));
  return CheckAtLeast(table, "optimizer.adam.weight_decay", adam.weight_decay(), 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowOptimizer>> CreateRowOptimizer(const TableConfig& table, const Schedule& schedule,
                                                                 UpdatedRows updated_rows) {
  if (table.embedding_dim() < 1) {
    return Error(table, "embedding_dim", absl::StrCat(table.embedding_dim()), "at least 1");
  }
  switch (table.optimizer().optimizer_case()) {
    case OptimizerConfig::kSgd:
      SHOAL_RETURN_IF_ERROR(CheckSgd(table));
      return std::make_unique<SgdOptimizer>(table, schedule, updated_rows);
    case OptimizerConfig::kAdagrad:
      SHOAL_RETURN_IF_ERROR(CheckAdagrad(table));
      return std::make_unique<AdagradOptimizer>(table, schedule, updated_rows);
    case OptimizerConfig::kRowwiseAdagrad:
      SHOAL_RETURN_IF_ERROR(CheckRowwiseAdagrad(table));
      return std::make_unique<RowwiseAdagradOptimizer>(table, schedule, updated_rows);
    case OptimizerConfig::kAdam:
      SHOAL_RETURN_IF_ERROR(CheckAdam(table));
      return std::make_unique<AdamOptimizer>(table, schedule, updated_rows);
    case OptimizerConfig::OPTIMIZER_NOT_SET:
      break;
  }
  return Error(table, "optimizer", "not set", "one of sgd, adagrad, rowwise_adagrad, adam");
}

}  // namespace shoal
