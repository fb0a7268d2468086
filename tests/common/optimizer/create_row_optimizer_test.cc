#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/aligned_floats.h"
#include "common/optimizer/row_optimizer.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

// Optimizers keep a pointer to their schedule, so both live here until the test ends.
class CreateRowOptimizerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<RowOptimizer>> Create(const std::string& table_text,
                                                       const std::string& training_text = "",
                                                       UpdatedRows updated_rows = UpdatedRows::kSome) {
    TableConfig table;
    table.set_name("users");
    table.set_embedding_dim(50);
    table.set_row_semantics(DENSE_EQUIVALENT);
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(table_text, &table));
    TrainingConfig training;
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(training_text, &training));
    schedules_.push_back(std::make_unique<Schedule>(*Schedule::Create(training, 10, 10)));
    return CreateRowOptimizer(table, *schedules_.back(), updated_rows);
  }

  bool MovesIdleRows(const std::string& table_text) { return (*Create(table_text))->moves_idle_rows(); }
  std::string Error(const std::string& table_text) { return Create(table_text).status().ToString(); }

 private:
  std::vector<std::unique_ptr<Schedule>> schedules_;
};

TEST_F(CreateRowOptimizerTest, OnlyRowsThatMoveWhenIdleCarryTheirLastStep) {
  EXPECT_FALSE(MovesIdleRows("optimizer { sgd {} }"));
  EXPECT_TRUE(MovesIdleRows("optimizer { sgd { momentum: 0.9 } }"));
  EXPECT_TRUE(MovesIdleRows("optimizer { sgd { weight_decay: 0.1 } }"));
  EXPECT_FALSE(MovesIdleRows("optimizer { sgd { momentum: 0.9 weight_decay: 0.1 } } row_semantics: LAZY"));
  EXPECT_FALSE(MovesIdleRows("optimizer { adagrad { lr_decay: 0.1 } }"));
  EXPECT_TRUE(MovesIdleRows("optimizer { adagrad { weight_decay: 0.1 } }"));
  EXPECT_FALSE(MovesIdleRows("optimizer { rowwise_adagrad {} }"));
  EXPECT_TRUE(MovesIdleRows("optimizer { rowwise_adagrad { weight_decay: 0.1 } }"));
  EXPECT_TRUE(MovesIdleRows("optimizer { adam {} }"));
  EXPECT_FALSE(MovesIdleRows("optimizer { adam {} } row_semantics: LAZY"));
}

// Rows that are updated at every step: the same steps, without what it takes to catch rows up.
TEST_F(CreateRowOptimizerTest, WhereEveryRowIsUpdatedNoneCarriesItsLastStepAndStepsAreTheSame) {
  for (const std::string optimizer :
       {"sgd { momentum: 0.9 dampening: 0.5 weight_decay: 0.1 }", "adagrad { weight_decay: 0.1 }",
        "rowwise_adagrad { weight_decay: 0.1 }", "adam { eps: 0.1 }", "adam { eps: 0.1 weight_decay: 0.1 }"}) {
    SCOPED_TRACE(optimizer);
    std::vector<std::vector<float>> results;
    for (const UpdatedRows updated_rows : {UpdatedRows::kSome, UpdatedRows::kAll}) {
      const auto created = Create("optimizer { " + optimizer + " }", "", updated_rows);
      ASSERT_TRUE(created.ok()) << created.status();
      EXPECT_EQ((*created)->moves_idle_rows(), updated_rows == UpdatedRows::kSome);
      std::vector<float> row((*created)->layout().row_floats(), 0);
      std::fill_n(row.begin(), 50, 1);
      (*created)->InitializeState(row.data());
      for (int step = 1; step <= 3; ++step) {
        (*created)->BeginStep(step);
        std::vector<float> gradient((*created)->layout().segment(), 0);
        std::fill_n(gradient.begin(), 50, 0.25F * static_cast<float>(step));
        (*created)->Update(gradient.data(), row.data());
      }
      results.emplace_back(row.begin(), row.begin() + 50);
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_NE(results[0][0], 1);
  }
}

TEST_F(CreateRowOptimizerTest, StateHasTorchsNamesAndWidths) {
  const auto field = [](const std::string& name, int width) {
    return AllOf(Field(&StateField::name, name), Field(&StateField::width, width));
  };
  EXPECT_THAT((*Create("optimizer { adam {} }"))->layout().fields(),
              ElementsAre(field("exp_avg", 50), field("exp_avg_sq", 50)));
  EXPECT_THAT((*Create("optimizer { adagrad {} }"))->layout().fields(), ElementsAre(field("sum", 50)));
  EXPECT_THAT((*Create("optimizer { rowwise_adagrad {} }"))->layout().fields(), ElementsAre(field("sum", 1)));
  EXPECT_THAT((*Create("optimizer { sgd {} }"))->layout().fields(), ElementsAre());
  EXPECT_THAT((*Create("optimizer { sgd { momentum: 0.9 dampening: 0.1 } } row_semantics: LAZY"))->layout().fields(),
              ElementsAre(field("momentum_buffer", 50), field("momentum_started", 1)));
}

TEST_F(CreateRowOptimizerTest, AScheduleThatCyclesMomentumGivesSgdABuffer) {
  const auto optimizer = Create("optimizer { sgd {} }", "schedule { one_cycle {} }");
  EXPECT_EQ((*optimizer)->layout().fields().size(), 1u);
}

// Rows of `optimizer` after three steps, one by one or together; the steps' gradients differ from row to row.
std::vector<float> Train(RowOptimizer& optimizer, size_t num_rows, bool together) {
  const auto row_floats = static_cast<size_t>(optimizer.layout().row_floats());
  const auto segment = static_cast<size_t>(optimizer.layout().segment());
  const auto dim = static_cast<size_t>(optimizer.layout().dim());
  AlignedFloats floats(num_rows * row_floats);
  AlignedFloats gradients(num_rows * segment);
  std::vector<float*> rows;
  for (size_t i = 0; i < num_rows; ++i) {
    float* row = rows.emplace_back(floats.data() + i * row_floats);
    for (size_t e = 0; e < dim; ++e) row[e] = 0.1f * static_cast<float>(i + e + 1);
    optimizer.InitializeState(row);
  }
  for (int64_t step = 1; step <= 3; ++step) {
    optimizer.BeginStep(step);
    for (size_t i = 0; i < num_rows; ++i) {
      for (size_t e = 0; e < dim; ++e) {
        gradients.data()[i * segment + e] = static_cast<float>(std::sin(static_cast<double>(step * 7 + i * 3 + e)));
      }
    }
    if (together) {
      optimizer.UpdateRows(gradients.data(), rows);
    } else {
      for (size_t i = 0; i < num_rows; ++i) optimizer.Update(gradients.data() + i * segment, rows[i]);
    }
  }
  return std::vector<float>(floats.data(), floats.data() + num_rows * row_floats);
}

TEST_F(CreateRowOptimizerTest, RowsUpdatedTogetherAreRowsUpdatedOneByOne) {
  for (const char* config :
       {"sgd {}", "sgd { weight_decay: 0.1 }", "sgd { momentum: 0.9 }", "adagrad {}", "rowwise_adagrad {}", "adam {}",
        "adam { weight_decay: 0.1 decoupled_weight_decay: true }"}) {
    for (const char* semantics : {"LAZY", "DENSE_EQUIVALENT"}) {
      for (const int dim : {1, 5, 20}) {
        const std::string table =
            absl::StrCat("optimizer { ", config, " } row_semantics: ", semantics, " embedding_dim: ", dim);
        for (const size_t num_rows : {size_t{1}, RowOptimizer::kMaxRows - 1, RowOptimizer::kMaxRows}) {
          EXPECT_EQ(Train(**Create(table), num_rows, /*together=*/true),
                    Train(**Create(table), num_rows, /*together=*/false))
              << table << ", " << num_rows << " rows";
        }
      }
    }
  }
}

TEST_F(CreateRowOptimizerTest, ErrorsNameTableFieldAndValue) {
  EXPECT_THAT(Error(""), HasSubstr("table \"users\": optimizer is not set"));
  EXPECT_THAT(Error("optimizer { adam { beta1: 1 } }"), HasSubstr("optimizer.adam.beta1 is 1; it must be in [0, 1)"));
  EXPECT_THAT(Error("optimizer { adam { beta2: -0.5 } }"), HasSubstr("optimizer.adam.beta2 is -0.5"));
  EXPECT_THAT(Error("optimizer { adam { eps: 0 } }"), HasSubstr("optimizer.adam.eps is 0"));
  EXPECT_THAT(Error("optimizer { adam { weight_decay: nan } }"), HasSubstr("optimizer.adam.weight_decay is nan"));
  EXPECT_THAT(Error("optimizer { sgd { momentum: 1.5 } }"), HasSubstr("optimizer.sgd.momentum is 1.5"));
  EXPECT_THAT(Error("optimizer { sgd { nesterov: true } }"), HasSubstr("optimizer.sgd.nesterov is true"));
  EXPECT_THAT(Error("optimizer { adagrad { eps: 0 } }"), HasSubstr("optimizer.adagrad.eps is 0; it must be above 0"));
  EXPECT_THAT(Error("optimizer { rowwise_adagrad { initial_accumulator_value: -1 } }"),
              HasSubstr("optimizer.rowwise_adagrad.initial_accumulator_value is -1"));
  EXPECT_THAT(Error("optimizer { sgd {} } embedding_dim: 0"), HasSubstr("embedding_dim is 0"));
}

}  // namespace
}  // namespace shoal
