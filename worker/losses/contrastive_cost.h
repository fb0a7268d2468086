// What a pair of contrastive.h costs: the only place where it is written, for the CPU and for devices.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_LOSSES_CONTRASTIVE_COST_H_
#define SHOAL_WORKER_LOSSES_CONTRASTIVE_COST_H_

#include "common/base/host_device.h"

namespace shoal {

// d^2 / 2 of a pair that belongs together, max(0, margin - d)^2 / 2 of another.
struct ContrastiveCost {
  double margin = 1;

  SHOAL_HOST_DEVICE double Value(double distance, bool same) const {
    const double root = same ? distance : ShortOfMargin(distance);
    return root * root / 2;
  }
  SHOAL_HOST_DEVICE double Derivative(double distance, bool same) const {
    return same ? distance : -ShortOfMargin(distance);
  }

 private:
  SHOAL_HOST_DEVICE double ShortOfMargin(double distance) const {
    const double gap = margin - distance;
    return 0 < gap ? gap : 0;
  }
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_CONTRASTIVE_COST_H_
