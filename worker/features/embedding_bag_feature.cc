#include "worker/features/embedding_bag_feature.h"

#include <algorithm>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"
#include "worker/features/feature_tables.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<NetworkFeature>> EmbeddingBagFeature::Create(const ResolvedJob& job,
                                                                            const BagFeature& config,
                                                                            FeatureInputs* inputs) {
  SHOAL_ASSIGN_OR_RETURN(const int table, FindFeatureTable(job.job(), config.table()));
  const int column = FindOrAddColumn(config.column(), &inputs->columns.bags);
  inputs->lookups.push_back({table, Lookup::kNoColumn, column});
  const int lookup = static_cast<int>(inputs->lookups.size()) - 1;
  return absl::WrapUnique<NetworkFeature>(new EmbeddingBagFeature(lookup, job.job().tables(table), config.mode()));
}

void EmbeddingBagFeature::Forward(const ModelBatch& batch, float* out, int64_t stride) {
  const LookupRows& lookup = batch.lookups[lookup_];
  const int64_t segment = SegmentFloats(dim_);
  if (mode_ == BagFeature::MAX) winners_.resize(batch.num_examples * dim_);
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    float* const sum = out + i * stride;
    std::fill_n(sum, dim_, 0.0F);
    if (mode_ == BagFeature::MAX) {
      ForwardMax(lookup, i, sum);
      continue;
    }
    const int64_t begin = lookup.offsets[i];
    const int64_t end = lookup.offsets[i + 1];
    for (int64_t place = begin; place < end; ++place) {
      const float* const row = lookup.rows + lookup.index[place] * segment;
      if (lookup.weights != nullptr) {
        Axpy(lookup.weights[place], row, sum, dim_);
      } else {
        Add(row, sum, dim_);
      }
    }
    if (mode_ == BagFeature::MEAN && end > begin) Scale(1.0F / static_cast<float>(end - begin), sum, dim_);
  }
}

void EmbeddingBagFeature::ForwardMax(const LookupRows& lookup, int64_t example, float* out) {
  const int64_t segment = SegmentFloats(dim_);
  const int64_t begin = lookup.offsets[example];
  uint32_t* const winners = winners_.data() + example * dim_;
  for (int64_t place = begin; place < lookup.offsets[example + 1]; ++place) {
    const float* const row = lookup.rows + lookup.index[place] * segment;
    for (int e = 0; e < dim_; ++e) {
      if (place > begin && !(row[e] > out[e])) continue;
      out[e] = row[e];
      winners[e] = lookup.index[place];
    }
  }
}

void EmbeddingBagFeature::Backward(const ModelBatch& batch, const float* gradient, int64_t stride) {
  const LookupRows& lookup = batch.lookups[lookup_];
  const int64_t segment = SegmentFloats(dim_);
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    const float* const from = gradient + i * stride;
    const int64_t begin = lookup.offsets[i];
    const int64_t end = lookup.offsets[i + 1];
    if (mode_ == BagFeature::MAX) {
      for (int e = 0; begin < end && e < dim_; ++e) lookup.gradients[winners_[i * dim_ + e] * segment + e] += from[e];
      continue;
    }
    const float share = mode_ == BagFeature::MEAN ? 1.0F / static_cast<float>(end - begin) : 1.0F;
    for (int64_t place = begin; place < end; ++place) {
      const float weight = lookup.weights != nullptr ? lookup.weights[place] : share;
      Axpy(weight, from, lookup.gradients + lookup.index[place] * segment, dim_);
    }
  }
}

}  // namespace shoal
