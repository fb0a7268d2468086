#include <algorithm>
#include <memory>
#include <string>
#include <vector>

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
