// A tower by the definitions of its layers, in double precision and with plain loops: what the float one is measured
// against.
#ifndef SHOAL_TESTS_WORKER_TOWER_DOUBLE_TOWER_H_
#define SHOAL_TESTS_WORKER_TOWER_DOUBLE_TOWER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "proto/job.pb.h"
#include "worker/tower/tower_layer.h"

namespace shoal {

// Row-major.
struct DoubleMatrix {
  int64_t rows = 0;
  int cols = 0;
  std::vector<double> values;

  double* row(int64_t index) { return values.data() + index * cols; }
  const double* row(int64_t index) const { return values.data() + index * cols; }
};

using DoubleParameters = std::map<std::string, std::vector<double>>;

// The output. Parameters by the tower's names for them. What is dropped out is asked of DropoutLayer.
DoubleMatrix ForwardInDouble(const google::protobuf::RepeatedPtrField<Layer>& layers,
                             const DoubleParameters& parameters, const ForwardContext& context, DoubleMatrix input);

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_TOWER_DOUBLE_TOWER_H_
