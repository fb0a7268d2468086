#include "worker/tower/dense_parameters.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/initializer/row_initializer.h"

namespace shoal {
namespace {

// Gradients begin on 64-byte boundaries.
size_t PaddedSize(int size) { return (static_cast<size_t>(size) + 15) / 16 * 16; }

std::string ShowShape(absl::Span<const int64_t> shape) { return absl::StrCat("[", absl::StrJoin(shape, ", "), "]"); }

absl::Status Error(const std::string& parameter, const std::string& problem) {
  return absl::InvalidArgumentError(absl::StrCat("dense parameter '", parameter, "' ", problem));
}

absl::StatusOr<int> CountElements(const ParameterSpec& spec) {
  int64_t count = 1;
  for (const int64_t extent : spec.shape) {
    // Divided, not multiplied: a product may overflow.
    if (extent < 1 || extent > kMaxParameterElements / count) {
      return Error(spec.name, absl::StrCat("has shape ", ShowShape(spec.shape), ", expected 1 to ",
                                           kMaxParameterElements, " elements"));
    }
    count *= extent;
  }
  return static_cast<int>(count);
}

// The table of which a parameter is the only row.
TableConfig TableOf(const ParameterSpec& spec, int size, const OptimizerConfig& optimizer) {
  TableConfig table;
  table.set_name(spec.name);
  table.set_num_embeddings(1);
  table.set_embedding_dim(size);
  table.set_row_semantics(DENSE_EQUIVALENT);
  *table.mutable_initializer() = spec.initializer;
  *table.mutable_optimizer() = optimizer;
  return table;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DenseParameters>> DenseParameters::Create(absl::Span<const ParameterSpec> specs,
                                                                         const OptimizerConfig& optimizer,
                                                                         uint64_t seed, const Schedule& schedule) {
  auto result = absl::WrapUnique(new DenseParameters());
  for (const ParameterSpec& spec : specs) {
    SHOAL_RETURN_IF_ERROR(result->Add(spec, optimizer, seed, schedule));
  }
  result->gradients_ = AlignedFloats(result->gradient_floats_);
  float* gradient = result->gradients_.data();
  for (Parameter& parameter : result->parameters_) {
    parameter.gradient = gradient;
    gradient += PaddedSize(parameter.size);
  }
  return result;
}

absl::Status DenseParameters::Add(const ParameterSpec& spec, const OptimizerConfig& optimizer, uint64_t seed,
                                  const Schedule& schedule) {
  if (absl::c_any_of(parameters_, [&](const Parameter& other) { return other.spec.name == spec.name; })) {
    return Error(spec.name, "stands twice");
  }
  Parameter parameter = {};
  parameter.spec = spec;
  SHOAL_ASSIGN_OR_RETURN(parameter.size, CountElements(spec));
  const TableConfig table = TableOf(spec, parameter.size, optimizer);
  SHOAL_ASSIGN_OR_RETURN(parameter.optimizer, CreateRowOptimizer(table, schedule, UpdatedRows::kAll));
  SHOAL_ASSIGN_OR_RETURN(const RowInitializer initializer, RowInitializer::Create(table, seed));
  rows_.emplace_back(parameter.optimizer->layout().row_floats());
  parameter.row = rows_.back().data();
  initializer.Fill(/*id=*/0, parameter.row);
  parameter.optimizer->InitializeState(parameter.row);
  gradient_floats_ += PaddedSize(parameter.size);
  parameters_.push_back(std::move(parameter));
  return absl::OkStatus();
}

ParameterRef DenseParameters::Ref(int parameter) {
  return {parameters_[parameter].row, parameters_[parameter].gradient};
}

void DenseParameters::ClearGradients() { std::fill_n(gradients_.data(), gradient_floats_, 0.0F); }

RowUpdate DenseParameters::BeginStep(int64_t step) {
  for (const Parameter& parameter : parameters_) parameter.optimizer->BeginStep(step);
  return parameters_.front().optimizer->update();
}

void DenseParameters::ApplyGradients(int64_t step) {
  BeginStep(step);
  for (Parameter& parameter : parameters_) parameter.optimizer->Update(parameter.gradient, parameter.row);
}

SavedParameter DenseParameters::SavedOf(const Parameter& parameter) {
  const RowLayout& layout = parameter.optimizer->layout();
  SavedParameter saved = {
      parameter.spec.name, parameter.spec.shape, absl::MakeConstSpan(parameter.row, parameter.size), {}};
  for (size_t f = 0; f < layout.fields().size(); ++f) {
    const StateField& field = layout.fields()[f];
    const float* const values = parameter.row + layout.field_offset(static_cast<int>(f));
    saved.state.push_back({field.name, absl::MakeConstSpan(values, field.width)});
  }
  return saved;
}

std::vector<SavedParameter> DenseParameters::Save() const {
  std::vector<SavedParameter> result;
  result.reserve(parameters_.size());
  for (const Parameter& parameter : parameters_) result.push_back(SavedOf(parameter));
  return result;
}

absl::Status DenseParameters::CheckFits(const SavedParameter& saved, const Parameter& parameter) {
  const SavedParameter own = SavedOf(parameter);
  if (saved.shape != own.shape || saved.values.size() != own.values.size()) {
    return Error(saved.name, absl::StrCat("has shape ", ShowShape(saved.shape), " and ", saved.values.size(),
                                          " values in the checkpoint, ", ShowShape(own.shape), " and ",
                                          own.values.size(), " in the job"));
  }
  const auto show = [](const std::vector<SavedParameter::State>& state) {
    return state.empty() ? "nothing" : absl::StrJoin(state, ", ", [](std::string* out, const SavedParameter::State& s) {
      absl::StrAppend(out, s.name, " (", s.values.size(), ")");
    });
  };
  if (show(saved.state) == show(own.state)) return absl::OkStatus();
  return Error(saved.name, absl::StrCat("has the optimizer state ", show(saved.state), " in the checkpoint, ",
                                        show(own.state), " in the job"));
}

void DenseParameters::RestoreOne(const SavedParameter& saved, const Parameter& parameter) {
  const RowLayout& layout = parameter.optimizer->layout();
  std::copy(saved.values.begin(), saved.values.end(), parameter.row);
  for (size_t f = 0; f < saved.state.size(); ++f) {
    const absl::Span<const float> values = saved.state[f].values;
    std::copy(values.begin(), values.end(), parameter.row + layout.field_offset(static_cast<int>(f)));
  }
}

absl::Status DenseParameters::Restore(absl::Span<const SavedParameter> saved) {
  std::vector<const SavedParameter*> sources(parameters_.size(), nullptr);
  for (const SavedParameter& source : saved) {
    const auto found = absl::c_find_if(parameters_, [&](const Parameter& p) { return p.spec.name == source.name; });
    if (found == parameters_.end()) return Error(source.name, "of the checkpoint is not in the job");
    const SavedParameter*& place = sources[found - parameters_.begin()];
    if (place != nullptr) return Error(source.name, "stands twice in the checkpoint");
    SHOAL_RETURN_IF_ERROR(CheckFits(source, *found));
    place = &source;
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i] == nullptr) return Error(parameters_[i].spec.name, "is missing in the checkpoint");
  }
  for (size_t i = 0; i < sources.size(); ++i) RestoreOne(*sources[i], parameters_[i]);
  return absl::OkStatus();
}

}  // namespace shoal
