#include "worker/cuda/models/device_row_update.h"

#include "common/base/status_macros.h"
#include "common/optimizer/adam_idle_coefficients.h"

namespace shoal {

DeviceRowUpdate::DeviceRowUpdate(ComputeMemory* memory)
    : memory_(memory),
      sgd_idle_maps_(memory),
      learning_rates_(memory),
      adam_steps_(memory),
      anchors_(memory),
      numerators_(memory),
      root_factors_(memory),
      exp_avg_products_(memory),
      weight_products_(memory),
      decays_(memory),
      tail_bounds_(memory),
      root_powers_(memory) {}

template <class T>
absl::Status DeviceRowUpdate::CopyArray(size_t size, Copy<T>& copy, const T** array) {
  const T* const host = *array;
  *array = nullptr;
  if (host == nullptr || size == 0) return absl::OkStatus();
  if (size > copy.array.capacity()) copy.size = 0;  // It grows, and what it held is lost.
  SHOAL_RETURN_IF_ERROR(copy.array.Reserve(size));
  if (size > copy.size) {
    memory_->CopyToDevice(host + copy.size, (size - copy.size) * sizeof(T), copy.array.data() + copy.size);
    copy.size = size;
  }
  *array = copy.array.data();
  return absl::OkStatus();
}

absl::StatusOr<RowUpdater> DeviceRowUpdate::Begin(const RowOptimizer& optimizer) {
  RowUpdater updater = {RowShape::Of(optimizer.layout()), optimizer.update()};
  RowUpdate& update = updater.update;
  // Where idle rows do not move nothing is kept of the steps.
  const size_t steps = optimizer.moves_idle_rows() ? update.step : 0;
  SHOAL_RETURN_IF_ERROR(CopyArray(steps, sgd_idle_maps_, &update.sgd_idle_maps));
  SHOAL_RETURN_IF_ERROR(CopyArray(steps, learning_rates_, &update.learning_rates));
  SHOAL_RETURN_IF_ERROR(CopyArray(steps, adam_steps_, &update.adam_steps));
  AdamIdleHistory& idle = update.adam_idle;
  const auto idle_steps = static_cast<size_t>(idle.num_steps);
  SHOAL_RETURN_IF_ERROR(CopyArray(idle.num_anchors, anchors_, &idle.anchors));
  SHOAL_RETURN_IF_ERROR(CopyArray(idle_steps, numerators_, &idle.numerators));
  SHOAL_RETURN_IF_ERROR(CopyArray(idle_steps, root_factors_, &idle.root_factors));
  SHOAL_RETURN_IF_ERROR(CopyArray(idle_steps, exp_avg_products_, &idle.exp_avg_products));
  SHOAL_RETURN_IF_ERROR(CopyArray(idle_steps, weight_products_, &idle.weight_products));
  SHOAL_RETURN_IF_ERROR(CopyArray(idle_steps, decays_, &idle.decays));
  SHOAL_RETURN_IF_ERROR(CopyArray(idle_steps, tail_bounds_, &idle.tail_bounds));
  SHOAL_RETURN_IF_ERROR(
      CopyArray(idle_steps == 0 ? 0 : AdamIdleCoefficients::kMaxBlockSteps + 1, root_powers_, &idle.root_powers));
  return updater;
}

}  // namespace shoal
