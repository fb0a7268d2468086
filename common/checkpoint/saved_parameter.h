// A dense parameter with its optimizer state, as a checkpoint sees it: the layers know neither files nor names in them,
// the checkpoint code knows no layers.
#ifndef SHOAL_COMMON_CHECKPOINT_SAVED_PARAMETER_H_
#define SHOAL_COMMON_CHECKPOINT_SAVED_PARAMETER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace shoal {

// A row of values and two fields of state still has an int's worth of floats.
inline constexpr int64_t kMaxParameterElements = int64_t{1} << 28;

// In somebody else's memory.
struct SavedParameter {
  struct State {
    std::string name;                // torch.optim's: "exp_avg", "sum", ...
    absl::Span<const float> values;  // As many as the parameter has, or 1.
  };
  std::string name;                // "tower.0.weight".
  std::vector<int64_t> shape;      // As in torch.nn.
  absl::Span<const float> values;  // In the order of the shape.
  std::vector<State> state;
};

// In memory of its own.
struct LoadedParameter {
  struct State {
    std::string name;
    std::vector<float> values;
  };
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
  std::vector<State> state;

  // Valid as long as this is, unchanged.
  SavedParameter View() const {
    SavedParameter view = {name, shape, values, {}};
    for (const State& field : state) view.state.push_back({field.name, field.values});
    return view;
  }
};

// What DenseParameters::Restore takes; valid as long as `parameters`.
inline std::vector<SavedParameter> Views(absl::Span<const LoadedParameter> parameters) {
  std::vector<SavedParameter> views;
  views.reserve(parameters.size());
  for (const LoadedParameter& parameter : parameters) views.push_back(parameter.View());
  return views;
}

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_SAVED_PARAMETER_H_
