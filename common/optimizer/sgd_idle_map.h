// What SGD does to rows in steps that bring them no gradient, for the CPU and the GPU.
#ifndef SHOAL_COMMON_OPTIMIZER_SGD_IDLE_MAP_H_
#define SHOAL_COMMON_OPTIMIZER_SGD_IDLE_MAP_H_

#include <cstdint>

#include "common/base/host_device.h"
#include "common/optimizer/row_steps.h"
#include "common/optimizer/split_factor.h"

namespace shoal {

// What one step does to an idle row: (weight, buffer) times a matrix, the same for all elements.
struct SgdIdleMap {
  double weight_from_weight;
  double weight_from_buffer;
  double buffer_from_weight;
  double buffer_from_buffer;
};

// `count` steps, one after the other.
SHOAL_HOST_DEVICE inline SgdIdleMap Composed(const SgdIdleMap* steps, int64_t count) {
  SgdIdleMap a = {1, 0, 0, 1};
  for (int64_t i = 0; i < count; ++i) {
    const SgdIdleMap& b = steps[i];
    a = {b.weight_from_weight * a.weight_from_weight + b.weight_from_buffer * a.buffer_from_weight,
         b.weight_from_weight * a.weight_from_buffer + b.weight_from_buffer * a.buffer_from_buffer,
         b.buffer_from_weight * a.weight_from_weight + b.buffer_from_buffer * a.buffer_from_weight,
         b.buffer_from_weight * a.weight_from_buffer + b.buffer_from_buffer * a.buffer_from_buffer};
  }
  return a;
}

SHOAL_HOST_DEVICE inline RowMap<float> Rounded(const SgdIdleMap& map) {
  const SplitFactor weight_from_weight = Split(map.weight_from_weight);
  return {weight_from_weight.high, weight_from_weight.low, static_cast<float>(map.weight_from_buffer),
          static_cast<float>(map.buffer_from_weight), static_cast<float>(map.buffer_from_buffer)};
}

}  // namespace shoal

#endif  // SHOAL_COMMON_OPTIMIZER_SGD_IDLE_MAP_H_
