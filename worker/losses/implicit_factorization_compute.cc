#include "worker/losses/implicit_factorization_compute.h"

namespace shoal {
namespace {

class CpuCompute : public ImplicitFactorizationCompute {
 public:
  absl::Status Forward(const ImplicitFactorizationBatch& batch, MetricSums* sums) override {
    ImplicitFactorizationForward(batch, sums);
    return absl::OkStatus();
  }
  absl::Status ForwardBackward(const ImplicitFactorizationBatch& batch, MetricSums* sums) override {
    ImplicitFactorizationForwardBackward(batch, sums);
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<ImplicitFactorizationCompute> ImplicitFactorizationOnCpu() { return std::make_unique<CpuCompute>(); }

}  // namespace shoal
