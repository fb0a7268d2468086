#include "worker/tower/tower.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {

absl::StatusOr<std::unique_ptr<Tower>> Tower::Create(const google::protobuf::RepeatedPtrField<Layer>& layers,
                                                     int in_features) {
  auto tower = absl::WrapUnique(new Tower(in_features));
  for (int i = 0; i < layers.size(); ++i) {
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<TowerLayer> layer, CreateLayer(layers[i], i, tower->out_features()));
    tower->Add(std::move(layer));
  }
  return tower;
}

void Tower::Add(std::unique_ptr<TowerLayer> layer) {
  Stage stage;
  stage.out_features = layer->out_features(out_features());
  stage.num_parameters = layer->parameters().size();
  stage.in_place = !stages_.empty() && !layer->backward_reads_input() && !stages_.back().layer->backward_reads_output();
  stage.layer = std::move(layer);
  if (first_with_parameters_ == stages_.size() && stage.num_parameters == 0) ++first_with_parameters_;
  stages_.push_back(std::move(stage));
}

std::vector<ParameterSpec> Tower::parameters() const {
  std::vector<ParameterSpec> specs;
  for (size_t i = 0; i < stages_.size(); ++i) {
    for (ParameterSpec& spec : stages_[i].layer->parameters()) {
      spec.name = absl::StrCat(i, ".", spec.name);
      specs.push_back(std::move(spec));
    }
  }
  return specs;
}

void Tower::Bind(absl::Span<const ParameterRef> parameters) {
  for (Stage& stage : stages_) {
    stage.layer->Bind(parameters.first(stage.num_parameters));
    parameters.remove_prefix(stage.num_parameters);
  }
}

ConstMatrixView Tower::ForwardLayers(const ForwardContext& context, ConstMatrixView input, int layers) {
  input_ = input;
  ForwardContext inner = context;
  inner.background.reset();
  ConstMatrixView last = input;
  for (size_t i = 0; i < static_cast<size_t>(layers); ++i) {
    Stage& stage = stages_[i];
    if (stage.in_place) {
      stage.output = stages_[i - 1].output;
    } else {
      stage.output = {nullptr, input.rows, stage.out_features};
      stage.buffer.Reserve(stage.output.size());
      stage.output.data = stage.buffer.data();
    }
    stage.layer->Forward(i == 0 ? context : inner, last, stage.output);
    last = stage.output;
  }
  return last;
}

MatrixView Tower::InputGradientOf(size_t stage) {
  AlignedFloats& buffer = gradients_[stage % gradients_.size()];
  MatrixView gradient = {nullptr, input_.rows, InputOf(stage).cols};
  buffer.Reserve(gradient.size());
  gradient.data = buffer.data();
  return gradient;
}

ConstMatrixView Tower::Backward(ConstMatrixView output_gradient, bool want_input_gradient) {
  const size_t end = want_input_gradient ? 0 : first_with_parameters_;
  ConstMatrixView gradient = output_gradient;
  for (size_t i = stages_.size(); i-- > end;) {
    const bool wanted = want_input_gradient || i > end;
    const MatrixView input_gradient = wanted ? InputGradientOf(i) : MatrixView();
    stages_[i].layer->Backward(InputOf(i), stages_[i].output, gradient, input_gradient);
    gradient = input_gradient;
  }
  return want_input_gradient ? gradient : ConstMatrixView();
}

}  // namespace shoal
