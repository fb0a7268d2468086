// Optimizer steps as kernels do them, against RowOptimizer: the same bits in weights and state.
#include "worker/cuda/kernels/row_updater.h"

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/optimizer/row_optimizer.h"
#include "common/schedule/schedule.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

std::vector<ReferenceCase> AllCases() {
  std::vector<ReferenceCase> all;
  for (const std::string optimizer : {"sgd", "adagrad", "rowwise_adagrad", "adam"}) {
    for (ReferenceCase& reference : LoadReferenceCases(optimizer)) {
      reference.name = absl::StrCat(optimizer, "_", reference.name);
      all.push_back(std::move(reference));
    }
  }
  return all;
}

TableConfig TableOf(const OptimizerTableOptions& options, int dim) {
  TableConfig table;
  table.set_name("table");
  table.set_embedding_dim(dim);
  table.set_row_semantics(options.row_semantics);
  table.set_learning_rate_multiplier(static_cast<float>(options.learning_rate_multiplier));
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(options.optimizer, table.mutable_optimizer()));
  return table;
}

Schedule ScheduleOf(const OptimizerTableOptions& options, int64_t total_steps) {
  TrainingConfig training;
  training.set_learning_rate(static_cast<float>(options.learning_rate));
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(options.schedule, training.mutable_schedule()));
  return Schedule::Create(training, total_steps, total_steps).value();
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// As a kernel of the updater's rule does it.
void CatchUp(const RowUpdater& updater, int64_t to, float* row) {
  updater.WithRule([&](auto rule) { updater.CatchUp<rule.value>(Lanes(), to, row); });
}

void Update(const RowUpdater& updater, const float* gradient, float* row) {
  updater.WithRule([&](auto rule) { updater.Update<rule.value>(Lanes(), gradient, row); });
}

class RowUpdaterTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(RowUpdaterTest, HasTheBitsOfTheOptimizerAfterEveryStep) {
  for (const auto& [dim, inputs] : LoadReferenceInputs()) {
    const auto total_steps = static_cast<int64_t>(inputs.steps.size());
    const Schedule schedule = ScheduleOf(GetParam().options, total_steps);
    const auto optimizer = CreateRowOptimizer(TableOf(GetParam().options, dim), schedule).value();
    const RowLayout& layout = optimizer->layout();
    std::vector<std::vector<float>> rows;
    for (const std::vector<float>& weights : inputs.weights) {
      rows.emplace_back(layout.row_floats());
      std::copy(weights.begin(), weights.end(), rows.back().begin());
      optimizer->InitializeState(rows.back().data());
    }
    std::vector<std::vector<float>> expected = rows;
    for (int64_t step = 1; step <= total_steps; ++step) {
      optimizer->BeginStep(step);
      const RowUpdater updater = {RowShape::Of(layout), optimizer->update()};
      for (const auto& [row, gradient] : inputs.steps[step - 1]) {
        std::vector<float> segment(layout.segment());
        std::copy(gradient.begin(), gradient.end(), segment.begin());
        optimizer->CatchUp(step - 1, expected[row].data());
        optimizer->Update(segment.data(), expected[row].data());
        CatchUp(updater, step - 1, rows[row].data());
        Update(updater, segment.data(), rows[row].data());
        ASSERT_TRUE(SameBits(rows[row], expected[row])) << "dim " << dim << ", step " << step << ", row " << row;
      }
    }
    for (size_t row = 0; row < rows.size(); ++row) {  // Over gaps of up to all steps.
      optimizer->CatchUp(total_steps, expected[row].data());
      CatchUp({RowShape::Of(layout), optimizer->update()}, total_steps, rows[row].data());
      EXPECT_TRUE(SameBits(rows[row], expected[row])) << "dim " << dim << ", row " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Torch, RowUpdaterTest, ::testing::ValuesIn(AllCases()), ReferenceCaseName);

// Long gaps: Adam's spans of several blocks, and sums with all kinds of groups of terms.
TEST(RowUpdaterTest, AdamRowsThatWereIdleForLongHaveTheBitsOfTheOptimizer) {
  constexpr int64_t kSteps = 700;
  for (const int dim : {1, 3, 16, 40}) {
    for (const std::string eps : {"1e-8", "1e-4"}) {
      OptimizerTableOptions options;
      options.optimizer = absl::StrCat("adam { beta1: 0.9 beta2: 0.999 eps: ", eps, " }");
      options.row_semantics = DENSE_EQUIVALENT;
      const Schedule schedule = ScheduleOf(options, kSteps);
      const auto optimizer = CreateRowOptimizer(TableOf(options, dim), schedule).value();
      optimizer->BeginStep(kSteps);
      const RowUpdater updater = {RowShape::Of(optimizer->layout()), optimizer->update()};
      for (const int64_t to : {1, 2, 7, 255, 256, 257, 700}) {
        std::vector<float> row(optimizer->layout().row_floats());
        for (int i = 0; i < dim; ++i) {
          row[i] = 0.1F * static_cast<float>(i + 1);
          row[optimizer->layout().field_offset(0) + i] = 0.01F * static_cast<float>(i - 2);
          row[optimizer->layout().field_offset(1) + i] = 0.001F * static_cast<float>(i + 1);
        }
        std::vector<float> expected = row;
        optimizer->CatchUp(to, expected.data());
        CatchUp(updater, to, row.data());
        EXPECT_TRUE(SameBits(row, expected)) << "dim " << dim << ", eps " << eps << ", to " << to;
      }
    }
  }
}

}  // namespace
}  // namespace shoal
