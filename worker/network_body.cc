#include "worker/network_body.h"

#include <numeric>

namespace shoal {

ConstMatrixView CpuNetworkBody::Compute(const ModelBatch& batch, bool training, int members, int layers) {
  const int64_t rows = batch.num_examples * members;
  input_.Reserve(rows * parts_.width);
  float* column = input_.data();  // Null where there are no examples.
  for (int member = 0; member < members && rows > 0; ++member) {
    for (const std::unique_ptr<NetworkFeature>& feature : parts_.features[member]) {
      feature->Forward(batch, column, int64_t{members} * parts_.width);
      column += feature->width();
    }
  }
  positions_.resize(rows);
  std::iota(positions_.begin(), positions_.end(), batch.first_example * members);
  const ForwardContext context = {training, parts_.seed, batch.step, positions_, parts_.background};
  return parts_.tower->ForwardLayers(context, {input_.data(), rows, parts_.width}, layers);
}

absl::Status CpuNetworkBody::Backward(const ModelBatch& batch, ConstMatrixView output_gradient) {
  const ConstMatrixView input_gradient = parts_.tower->Backward(output_gradient, parts_.features_read_rows);
  const float* column = input_gradient.data;
  for (const auto& member : parts_.features) {
    for (const std::unique_ptr<NetworkFeature>& feature : member) {
      if (feature->reads_rows()) feature->Backward(batch, column, int64_t{parts_.num_members()} * parts_.width);
      if (column != nullptr) column += feature->width();
    }
  }
  return absl::OkStatus();
}

absl::Status CpuNetworkBody::ClearGradients() {
  parts_.dense->ClearGradients();
  return absl::OkStatus();
}

absl::Status CpuNetworkBody::ApplyGradients(int64_t step) {
  parts_.dense->ApplyGradients(step);
  return absl::OkStatus();
}

}  // namespace shoal
