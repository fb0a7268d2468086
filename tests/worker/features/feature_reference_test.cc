// Features of lists of ids against PyTorch: outputs, gradients, and the rows after ten steps.
#include <cstdint>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/simd/instruction_sets.h"
#include "tests/worker/features/feature_problem.h"
#include "tests/worker/row_block.h"

namespace shoal {
namespace {

using ::nlohmann::json;

template <typename Value>
std::vector<Value> ValuesOf(const json& reference, const char* name) {
  return reference.contains(name) && !reference[name].is_null() ? reference[name].get<std::vector<Value>>()
                                                                : std::vector<Value>();
}

std::vector<int64_t> Offsets(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> offsets(sizes.size() + 1);
  std::partial_sum(sizes.begin(), sizes.end(), offsets.begin() + 1);
  return offsets;
}

// The rows of a block, row after row.
std::vector<float> RowsOf(RowBlock* block, int dim) {
  std::vector<float> rows;
  for (int64_t i = 0; i < block->size(); ++i) rows.insert(rows.end(), block->row(i), block->row(i) + dim);
  return rows;
}

void ExpectAgreesWithCase(const json& reference, int steps, float learning_rate) {
  const int dim = reference["dim"];
  RowBlock block = MakeRowBlock(reference["rows"], dim);
  const std::vector<uint32_t> index = reference["ids"];
  const std::vector<int64_t> offsets = Offsets(reference["sizes"]);
  const std::vector<float> weights = ValuesOf<float>(reference, "weights");
  const std::vector<float> target = reference["target"];
  ModelBatch batch;
  batch.num_examples = static_cast<int64_t>(offsets.size()) - 1;
  batch.lookups = {block.Lookup(index.data(), offsets.data(), weights.empty() ? nullptr : weights.data())};
  FeatureInputs inputs;
  const std::unique_ptr<NetworkFeature> feature =
      MakeFeature(FeatureJob(dim, ValuesOf<int>(reference, "shape")), reference["feature"], &inputs).value();
  ASSERT_EQ(feature->width() * batch.num_examples, static_cast<int64_t>(target.size()));

  for (int step = 0; step < steps; ++step) {
    std::vector<float> values(target.size());
    feature->Forward(batch, values.data(), feature->width());
    if (step == 0) ExpectNear(values, reference["output"]);
    for (size_t i = 0; i < values.size(); ++i) values[i] -= target[i];
    block.ClearGradients();
    feature->Backward(batch, values.data(), feature->width());
    if (step == 0) ExpectNear(TakeGradients(&block, dim), reference["gradients"]);
    for (int64_t i = 0; i < block.size(); ++i) {
      for (int e = 0; e < dim; ++e) block.row(i)[e] -= learning_rate * block.gradient(i)[e];
    }
  }
  ExpectNear(RowsOf(&block, dim), reference["after_steps"]);
}

TEST(FeatureReferenceTest, OutputsGradientsAndTenStepsOfIdListsAgreeWithPyTorch) {
  std::ifstream file("tests/reference/features/id_lists.json");
  ASSERT_TRUE(file.good()) << "cannot read the reference; run from the repository's root";
  const json reference = json::parse(file);
  ASSERT_EQ(reference["cases"].size(), 10u);
  ForEachInstructionSet([&](const InstructionSet& set) {
    for (const json& one : reference["cases"]) {
      SCOPED_TRACE(set.name + std::string(", ") + one["name"].get<std::string>());
      ExpectAgreesWithCase(one, reference["steps"], reference["learning_rate"]);
    }
  });
}

}  // namespace
}  // namespace shoal
