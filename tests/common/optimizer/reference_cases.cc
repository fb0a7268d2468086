#include "tests/common/optimizer/reference_cases.h"

#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/common/simd/instruction_sets.h"

namespace shoal {
namespace {

using nlohmann::json;

constexpr double kTolerance = 1e-6;

json LoadJson(const std::string& name) {
  const std::string path = absl::StrCat("tests/reference/optimizers/", name, ".json");
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << "cannot read " << path << "; run from the repository's root";
  return json::parse(file);
}

std::vector<float> Scaled(const json& integers, float unit) {
  std::vector<float> result;
  for (const json& value : integers) result.push_back(value.get<float>() * unit);
  return result;
}

std::string OptionsText(const json& options) {
  std::string text;
  for (const auto& [field, value] : options.items()) absl::StrAppend(&text, field, ": ", value.dump(), " ");
  return text;
}

// Returns the rows after the last step, all of their floats.
std::vector<std::vector<float>> ExpectAgreesAtDim(const ReferenceCase& reference, int dim,
                                                  const ReferenceInputs& inputs) {
  OptimizerTableOptions options = reference.options;
  options.dim = dim;
  options.total_steps = static_cast<int64_t>(inputs.steps.size());
  OptimizerTable table(options, inputs.weights);
  const auto& expected = reference.expected.at(dim);
  const int num_rows = static_cast<int>(inputs.weights.size());
  for (int step = 1; step <= options.total_steps; ++step) {
    table.Step(step, inputs.steps[step - 1]);
    const auto snapshot = expected.find(step);
    if (snapshot == expected.end()) continue;
    for (int row = 0; row < num_rows; ++row) {
      SCOPED_TRACE(testing::Message() << "dim " << dim << ", step " << step << ", row " << row);
      const double difference = LargestDifference(table.WeightsAt(row, step), snapshot->second[row]);
      EXPECT_LE(difference, kTolerance * table.largest_weight(row));
      EXPECT_TRUE(table.PaddingIsZero(row));
    }
  }
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < num_rows; ++row) {
    table.CatchUp(row, options.total_steps);
    rows.push_back(table.row(row));
  }
  return rows;
}

}  // namespace

std::map<int, ReferenceInputs> LoadReferenceInputs() {
  std::map<int, ReferenceInputs> result;
  const json file = LoadJson("inputs");
  for (const auto& [dim, inputs] : file.items()) {
    ReferenceInputs& to = result[std::stoi(dim)];
    for (const json& row : inputs["weights"]) to.weights.push_back(Scaled(row, 1.0f / 1024));
    for (const json& pushes : inputs["pushes"]) {
      OptimizerTable::Gradients& gradients = to.steps.emplace_back();
      for (const json& push : pushes) {
        const std::vector<float> gradient = Scaled(push[1], 1.0f / 256);
        std::vector<float>& sum = gradients.try_emplace(push[0].get<int>(), gradient.size()).first->second;
        for (size_t i = 0; i < gradient.size(); ++i) sum[i] += gradient[i];
      }
    }
  }
  return result;
}

std::vector<ReferenceCase> LoadReferenceCases(const std::string& optimizer) {
  std::vector<ReferenceCase> result;
  const json file = LoadJson(optimizer);
  for (const json& from : file["cases"]) {
    ReferenceCase& to = result.emplace_back();
    to.name = from["name"];
    to.reference = from["reference"];
    to.options.optimizer = absl::StrCat(optimizer, " { ", OptionsText(from["options"]), "}");
    if (from.value("one_cycle", false)) to.options.schedule = "one_cycle {}";
    to.options.row_semantics = from["row_semantics"] == "LAZY" ? LAZY : DENSE_EQUIVALENT;
    to.options.learning_rate = from["learning_rate"];
    to.options.learning_rate_multiplier = from.value("learning_rate_multiplier", 1.0);
    for (const auto& [dim, steps] : from["expected"].items()) {
      for (const auto& [step, weights] : steps.items()) {
        to.expected[std::stoi(dim)][std::stoi(step)] = weights.get<std::vector<std::vector<double>>>();
      }
    }
  }
  return result;
}

void ExpectAgreesWithReference(const ReferenceCase& reference) {
  for (const auto& [dim, inputs] : LoadReferenceInputs()) ExpectAgreesAtDim(reference, dim, inputs);
}

void ExpectSameBitsOnEveryInstructionSet(const ReferenceCase& reference) {
  for (const auto& [dim, inputs] : LoadReferenceInputs()) {
    std::vector<std::vector<std::vector<float>>> runs;
    ForEachInstructionSet([&, dim = dim, &inputs = inputs](const InstructionSet& set) {
      SCOPED_TRACE(set.name);
      std::vector<std::vector<float>> rows = ExpectAgreesAtDim(reference, dim, inputs);
      if (set.fuses_multiply_add) runs.push_back(std::move(rows));
    });
    for (const auto& rows : runs) {
      for (size_t row = 0; row < rows.size(); ++row) {
        EXPECT_EQ(std::memcmp(rows[row].data(), runs[0][row].data(), rows[row].size() * sizeof(float)), 0)
            << "dim " << dim << ", row " << row;
      }
    }
  }
}

}  // namespace shoal
