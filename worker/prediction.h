// What a model takes an example for.
#ifndef SHOAL_WORKER_PREDICTION_H_
#define SHOAL_WORKER_PREDICTION_H_

#include <cstdint>

namespace shoal {

struct Prediction {
  // Of models that tell classes apart: the most probable class, and its probability in `value`. Else 0.
  int64_t label = 0;
  // Of other models: the number that is predicted, such as a rating.
  float value = 0;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_PREDICTION_H_
