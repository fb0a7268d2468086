#include "worker/features/row_feature.h"

#include <algorithm>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"
#include "worker/features/feature_tables.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<NetworkFeature>> RowFeature::Create(const ResolvedJob& job, const Feature& config,
                                                                   FeatureInputs* inputs) {
  SHOAL_ASSIGN_OR_RETURN(const int table, FindFeatureTable(job.job(), config.table()));
  const int column = FindOrAddColumn(config.column(), &inputs->columns.ids);
  inputs->lookups.push_back({table, column});
  const int lookup = static_cast<int>(inputs->lookups.size()) - 1;
  return absl::WrapUnique<NetworkFeature>(new RowFeature(lookup, job.job().tables(table)));
}

void RowFeature::Forward(const ModelBatch& batch, float* out, int64_t stride) {
  const LookupRows& lookup = batch.lookups[lookup_];
  const int64_t segment = SegmentFloats(dim_);
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    std::copy_n(lookup.rows + lookup.index[i] * segment, dim_, out + i * stride);
  }
}

void RowFeature::Backward(const ModelBatch& batch, const float* gradient, int64_t stride) {
  const LookupRows& lookup = batch.lookups[lookup_];
  const int64_t segment = SegmentFloats(dim_);
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    Add(gradient + i * stride, lookup.gradients + lookup.index[i] * segment, dim_);
  }
}

}  // namespace shoal
