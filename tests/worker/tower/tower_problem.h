// A tower with its parameters and a random batch, for tests and benchmarks.
#ifndef SHOAL_TESTS_WORKER_TOWER_TOWER_PROBLEM_H_
#define SHOAL_TESTS_WORKER_TOWER_TOWER_PROBLEM_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "common/base/aligned_floats.h"
#include "common/schedule/schedule.h"
#include "google/protobuf/text_format.h"
#include "proto/job.pb.h"
#include "worker/tower/dense_parameters.h"
#include "worker/tower/tower.h"

namespace shoal {

// A matrix that owns its memory, of zeros when made.
class Matrix {
 public:
  Matrix(int64_t rows, int cols) : rows_(rows), cols_(cols), floats_(static_cast<size_t>(rows) * cols) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  operator MatrixView() { return {floats_.data(), rows_, cols_}; }
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator ConstMatrixView() const { return {floats_.data(), rows_, cols_}; }
  ConstMatrixView view() const { return *this; }
  float* data() { return floats_.data(); }
  size_t size() const { return floats_.size(); }
  absl::Span<float> values() { return {floats_.data(), floats_.size()}; }
  // REQUIRES: as many as there are.
  void Set(const std::vector<float>& values) { std::copy(values.begin(), values.end(), floats_.data()); }

 private:
  int64_t rows_;
  int cols_;
  AlignedFloats floats_;
};

inline Matrix RandomMatrix(int64_t rows, int cols, uint64_t seed) {
  Matrix matrix(rows, cols);
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (float& value : matrix.values()) value = normal(random);
  return matrix;
}

// Each of Layer's text format: "linear { out_features: 4 }". Fails the program where one is none.
inline google::protobuf::RepeatedPtrField<Layer> ParseLayers(const std::vector<std::string>& texts) {
  google::protobuf::RepeatedPtrField<Layer> layers;
  for (const std::string& text : texts) {
    if (!google::protobuf::TextFormat::ParseFromString(text, layers.Add())) std::abort();
  }
  return layers;
}

inline Schedule ConstantSchedule(float learning_rate) {
  TrainingConfig training;
  training.set_learning_rate(learning_rate);
  return Schedule::Create(training, 1, 1).value();
}

struct TowerProblem {
  // `optimizer` is OptimizerConfig's text format.
  TowerProblem(const std::vector<std::string>& layers, int in_features, int64_t examples, uint64_t seed,
               const std::string& optimizer = "sgd {}", float learning_rate = 0.1F)
      : schedule(ConstantSchedule(learning_rate)),
        tower(Tower::Create(ParseLayers(layers), in_features).value()),
        input(RandomMatrix(examples, in_features, seed)),
        output_gradient(RandomMatrix(examples, tower->out_features(), seed + 1)),
        positions(examples) {
    OptimizerConfig config;
    if (!google::protobuf::TextFormat::ParseFromString(optimizer, &config)) std::abort();
    parameters = DenseParameters::Create(tower->parameters(), config, seed, schedule).value();
    std::vector<ParameterRef> refs;
    for (int i = 0; i < parameters->size(); ++i) refs.push_back(parameters->Ref(i));
    tower->Bind(refs);
    std::iota(positions.begin(), positions.end(), 0);
  }

  // By name; state stays as it is.
  void SetParameters(const std::map<std::string, std::vector<float>>& values) {
    std::vector<SavedParameter> saved = parameters->Save();
    for (SavedParameter& parameter : saved) parameter.values = values.at(parameter.name);
    if (!parameters->Restore(saved).ok()) std::abort();
  }

  ForwardContext Context(bool training) const { return {training, /*seed=*/1, /*step=*/1, positions}; }
  ConstMatrixView Forward(bool training = true) { return tower->Forward(Context(training), input); }

  const Schedule schedule;
  const std::unique_ptr<Tower> tower;
  std::unique_ptr<DenseParameters> parameters;
  Matrix input;
  Matrix output_gradient;
  std::vector<int64_t> positions;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_TOWER_TOWER_PROBLEM_H_
