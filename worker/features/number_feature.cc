#include "worker/features/number_feature.h"

#include <string>

#include "absl/memory/memory.h"
#include "worker/features/feature_tables.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<NetworkFeature>> NumberFeature::Create(const DenseFeature& config,
                                                                      FeatureInputs* inputs) {
  std::vector<int> columns;
  for (const std::string& name : config.columns()) columns.push_back(FindOrAddColumn(name, &inputs->columns.numbers));
  return absl::WrapUnique<NetworkFeature>(new NumberFeature(std::move(columns)));
}

void NumberFeature::Forward(const ModelBatch& batch, float* out, int64_t stride) {
  for (size_t c = 0; c < columns_.size(); ++c) {
    const absl::Span<const float> numbers = batch.numbers[columns_[c]];
    for (int64_t i = 0; i < batch.num_examples; ++i) out[i * stride + static_cast<int64_t>(c)] = numbers[i];
  }
}

}  // namespace shoal
