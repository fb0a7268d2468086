#include "absl/strings/str_cat.h"
#include "common/config/validate_sections.h"

namespace shoal {
namespace {

void ValidateSgd(const OptimizerConfig::Sgd& sgd, const MessageCheck& check) {
  check.FromBelow("momentum", 0, 1);
  check.Between("dampening", 0, 1);
  check.AtLeast("weight_decay", 0);
  if (sgd.nesterov() && (sgd.momentum() <= 0 || sgd.dampening() != 0)) {
    check.Problem("nesterov", absl::StrCat("needs momentum above 0 and dampening 0; they are ", sgd.momentum(), " and ",
                                           sgd.dampening()));
  }
}

// Adagrad and its row-wise form. An element that never had a gradient is divided by eps alone, as a float.
template <typename Adagrad>
void ValidateAdagrad(const Adagrad& adagrad, const MessageCheck& check) {
  for (const char* name : {"weight_decay", "initial_accumulator_value", "eps"}) check.AtLeast(name, 0);
  if (adagrad.eps() >= 0 && static_cast<float>(adagrad.eps()) == 0) {
    check.Problem("eps", absl::StrCat("must be above 0 in single precision, is ", adagrad.eps()));
  }
}

void ValidateAdam(const MessageCheck& check) {
  check.FromBelow("beta1", 0, 1);
  check.FromBelow("beta2", 0, 1);
  check.AtLeast("eps", 1e-16);
  check.AtLeast("weight_decay", 0);
}

}  // namespace

void ValidateOptimizer(const OptimizerConfig& optimizer, const MessageCheck& check) {
  check.RequireOneOf("optimizer");
  ValidateSgd(optimizer.sgd(), check.Nested("sgd"));
  ValidateAdagrad(optimizer.adagrad(), check.Nested("adagrad"));
  check.Nested("adagrad").AtLeast("lr_decay", 0);
  ValidateAdagrad(optimizer.rowwise_adagrad(), check.Nested("rowwise_adagrad"));
  ValidateAdam(check.Nested("adam"));
}

}  // namespace shoal
