#include "worker/features/row_feature.h"

#include <algorithm>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/config/find_column.h"
#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"
#include "worker/features/feature_tables.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<NetworkFeature>> RowFeature::Create(const ResolvedJob& job, const Feature& config,
                                                                   FeatureInputs* inputs) {
  SHOAL_ASSIGN_OR_RETURN(const int table, FindFeatureTable(job.job(), config.table()));
  const int64_t num_ids = IdsPerExample(job.job().data(), config.column());
  if (num_ids == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("model.network.features: an id feature reads column '", config.column(),
                     "', which has any number of ids; give its id_list a shape, or read it as a bag"));
  }
  if (FindIdList(job.job().data(), config.column()) != nullptr) {
    inputs->lookups.push_back({table, Lookup::kNoColumn});
    inputs->lookups.back().array_column = FindOrAddColumn(config.column(), &inputs->columns.arrays);
  } else {
    inputs->lookups.push_back({table, FindOrAddColumn(config.column(), &inputs->columns.ids)});
  }
  const int lookup = static_cast<int>(inputs->lookups.size()) - 1;
  return absl::WrapUnique<NetworkFeature>(new RowFeature(lookup, static_cast<int>(num_ids), job.job().tables(table)));
}

void RowFeature::Forward(const ModelBatch& batch, float* out, int64_t stride) {
  const LookupRows& lookup = batch.lookups[lookup_];
  const int64_t segment = SegmentFloats(dim_);
  const uint32_t* index = lookup.index;
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    float* to = out + i * stride;
    for (int k = 0; k < num_ids_; ++k, to += dim_) std::copy_n(lookup.rows + *index++ * segment, dim_, to);
  }
}

void RowFeature::Backward(const ModelBatch& batch, const float* gradient, int64_t stride) {
  const LookupRows& lookup = batch.lookups[lookup_];
  const int64_t segment = SegmentFloats(dim_);
  const uint32_t* index = lookup.index;
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    const float* from = gradient + i * stride;
    for (int k = 0; k < num_ids_; ++k, from += dim_) Add(from, lookup.gradients + *index++ * segment, dim_);
  }
}

}  // namespace shoal
