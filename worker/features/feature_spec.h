// What a feature reads and does, as plain data, for whoever computes it elsewhere than on the CPU.
#ifndef SHOAL_WORKER_FEATURES_FEATURE_SPEC_H_
#define SHOAL_WORKER_FEATURES_FEATURE_SPEC_H_

#include <variant>
#include <vector>

#include "proto/job.pb.h"

namespace shoal {

// As RowFeature: num_ids rows an example.
struct RowFeatureSpec {
  int lookup;  // Into ModelBatch::lookups.
  int num_ids;
  int dim;
};

// As EmbeddingBagFeature.
struct BagFeatureSpec {
  int lookup;  // Into ModelBatch::lookups.
  int dim;
  BagFeature::Mode mode;
};

// As NumberFeature.
struct NumberFeatureSpec {
  std::vector<int> columns;  // Into ModelBatch::numbers.
};

// As PixelFeature: pixel * scale + shift.
struct PixelFeatureSpec {
  int column;  // Into ModelBatch::images.
  float scale;
  float shift;
};

using FeatureSpec = std::variant<RowFeatureSpec, BagFeatureSpec, NumberFeatureSpec, PixelFeatureSpec>;

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_FEATURE_SPEC_H_
