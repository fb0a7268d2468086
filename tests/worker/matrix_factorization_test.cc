#include "worker/matrix_factorization.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/matrix_factorization_problem.h"

namespace shoal {
namespace {

absl::StatusOr<std::unique_ptr<Model>> CreateModel(const JobConfig& job) {
  static const Schedule* const schedule = new Schedule(Schedule::Create(TrainingConfig(), 1, 1).value());
  ResolvedJob resolved;
  *resolved.mutable_job() = job;
  return CreateModel(resolved, *schedule);
}

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTables[] = R"pb(
  tables { name: "user" embedding_dim: 8 }
  tables { name: "item" embedding_dim: 8 }
  tables { name: "user_bias" embedding_dim: 1 }
  tables { name: "item_bias" embedding_dim: 1 }
  tables { name: "global_bias" embedding_dim: 1 }
)pb";

JobConfig ParseJob(const std::string& text) {
  JobConfig job;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &job)) << text;
  return job;
}

JobConfig JobWith(const std::string& factorization) {
  return ParseJob(kTables + ("model { matrix_factorization { " + factorization + " } }"));
}

constexpr char kPlain[] =
    "user { column: 'user_id' table: 'user' } item { column: 'item_id' table: 'item' } target: 'rating' ";

ModelBatch MakeBatch(int64_t num_examples, int64_t global_batch_size, std::vector<LookupRows> lookups,
                     absl::Span<const float> targets) {
  ModelBatch batch;
  batch.num_examples = num_examples;
  batch.global_batch_size = global_batch_size;
  batch.lookups = std::move(lookups);
  batch.numbers = {targets};
  return batch;
}

MATCHER_P2(IsLookup, table, id_column, "") { return arg.table == table && arg.id_column == id_column; }

TEST(MatrixFactorizationModelTest, ReadsUserAndItem) {
  const std::unique_ptr<Model> model = CreateModel(JobWith(kPlain)).value();
  EXPECT_THAT(model->columns().ids, ElementsAre("user_id", "item_id"));
  EXPECT_THAT(model->columns().numbers, ElementsAre("rating"));
  EXPECT_THAT(model->lookups(), ElementsAre(IsLookup(0, 0), IsLookup(1, 1)));
}

TEST(MatrixFactorizationModelTest, BiasesAreReadByTheIdsOfUserAndItemAndByNone) {
  const std::unique_ptr<Model> model =
      CreateModel(JobWith(kPlain + std::string("global_bias_table: 'global_bias' user_bias_table: 'user_bias' "
                                               "item_bias_table: 'item_bias'")))
          .value();
  EXPECT_THAT(model->lookups(), ElementsAre(IsLookup(0, 0), IsLookup(1, 1), IsLookup(2, 0), IsLookup(3, 1),
                                            IsLookup(4, Lookup::kNoColumn)));
}

TEST(MatrixFactorizationModelTest, SumsAreAddedToThoseGiven) {
  const std::unique_ptr<Model> model = CreateModel(JobWith(kPlain)).value();
  MatrixFactorizationProblem problem({.num_examples = 40, .dim = 8}, 3);
  const ModelBatch batch = MakeBatch(40, 40, {problem.batch.user, problem.batch.item}, problem.targets);
  MetricSums sums;
  ASSERT_TRUE(model->Forward(batch, &sums).ok());
  const double once = FindMetric(sums, "mse").at(0);
  EXPECT_GT(once, 0);
  EXPECT_EQ(sums.loss(), once);
  ASSERT_TRUE(model->Forward(batch, &sums).ok());
  EXPECT_EQ(sums.examples(), 80u);
  EXPECT_THAT(FindMetric(sums, "mse"), ElementsAre(2 * once));
  EXPECT_THAT(FindMetric(sums, "rmse"), ElementsAre(2 * once));
}

TEST(MatrixFactorizationModelTest, PartsOfAGlobalBatchAddUpToItsGradient) {
  const std::unique_ptr<Model> model = CreateModel(JobWith(kPlain)).value();
  MatrixFactorizationProblem whole({.num_examples = 100, .dim = 8}, 4);
  MatrixFactorizationProblem parts({.num_examples = 100, .dim = 8}, 4);
  MetricSums sums;
  ASSERT_TRUE(
      model->ForwardBackward(MakeBatch(100, 100, {whole.batch.user, whole.batch.item}, whole.targets), &sums).ok());
  for (const auto& [begin, count] : {std::pair(0, 37), std::pair(37, 63)}) {
    ModelBatch batch = MakeBatch(count, 100, {parts.batch.user, parts.batch.item},
                                 absl::MakeConstSpan(parts.targets).subspan(begin, count));
    for (LookupRows& lookup : batch.lookups) lookup.index += begin;
    ASSERT_TRUE(model->ForwardBackward(batch, &sums).ok());
  }
  EXPECT_EQ(parts.users.gradients(), whole.users.gradients());
  EXPECT_EQ(parts.items.gradients(), whole.items.gradients());
}

// ---- PyTorch -------------------------------------------------------------------------------------------------------

RowBlock MakeBlock(const json& rows) {
  RowBlock block(static_cast<int64_t>(rows.size()), static_cast<int>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows[i].size(); ++j) block.row(static_cast<int64_t>(i))[j] = rows[i][j];
  }
  return block;
}

// The job that a case of the reference describes; its tables in the order of the case's rows.
JobConfig JobOf(const json& expected) {
  JobConfig job;
  for (const auto& [name, rows] : expected["rows"].items()) {
    TableConfig* table = job.add_tables();
    table->set_name(name);
    table->set_embedding_dim(static_cast<int>(rows[0].size()));
  }
  MatrixFactorization* model = job.mutable_model()->mutable_matrix_factorization();
  model->mutable_user()->set_column("user_id");
  model->mutable_user()->set_table("user");
  model->mutable_item()->set_column("item_id");
  model->mutable_item()->set_table(expected["rows"].contains("item") ? "item" : "user");
  model->set_target("rating");
  if (expected["rows"].contains("user_bias")) model->set_user_bias_table("user_bias");
  if (expected["rows"].contains("item_bias")) model->set_item_bias_table("item_bias");
  if (expected["rows"].contains("global_bias")) model->set_global_bias_table("global_bias");
  if (!expected["output_range"].is_null()) {
    model->mutable_output_range()->set_low(expected["output_range"][0]);
    model->mutable_output_range()->set_high(expected["output_range"][1]);
  }
  return job;
}

void ExpectAgreement(const json& expected, int64_t global_batch_size) {
  const JobConfig job = JobOf(expected);
  const std::unique_ptr<Model> model = CreateModel(job).value();
  const std::vector<uint32_t> ids[] = {expected["users"], expected["items"]};
  const std::vector<float> targets = expected["targets"];
  std::vector<RowBlock> blocks;
  for (const TableConfig& table : job.tables()) blocks.push_back(MakeBlock(expected["rows"][table.name()]));

  ModelBatch batch = MakeBatch(static_cast<int64_t>(targets.size()), global_batch_size, {}, targets);
  for (const Lookup& lookup : model->lookups()) {
    const uint32_t* index = lookup.id_column == Lookup::kNoColumn ? nullptr : ids[lookup.id_column].data();
    batch.lookups.push_back(blocks[lookup.table].Lookup(index));
  }
  MetricSums sums;
  ASSERT_TRUE(model->ForwardBackward(batch, &sums).ok());

  EXPECT_EQ(sums.examples(), targets.size());
  const double squared_error = expected["squared_error"];
  EXPECT_NEAR(FindMetric(sums, "mse").at(0) / squared_error, 1, 1e-6);
  EXPECT_NEAR(sums.loss() / squared_error, 1, 1e-6);
  EXPECT_NEAR(FindMetric(sums, "mae").at(0) / expected["absolute_error"].get<double>(), 1, 1e-6);
  for (int table = 0; table < job.tables_size(); ++table) {
    const json& gradients = expected["gradients"][job.tables(table).name()];
    for (size_t i = 0; i < gradients.size(); ++i) {
      for (size_t j = 0; j < gradients[i].size(); ++j) {
        EXPECT_NEAR(blocks[table].gradient(static_cast<int64_t>(i))[j], gradients[i][j].get<double>(), 1e-6)
            << job.tables(table).name() << " row " << i << " element " << j;
      }
    }
  }
}

TEST(MatrixFactorizationModelTest, AgreesWithPyTorch) {
  std::ifstream file("tests/reference/matrix_factorization/matrix_factorization.json");
  ASSERT_TRUE(file.good());
  const json reference = json::parse(file);
  ASSERT_GE(reference["cases"].size(), 5u);
  for (const json& expected : reference["cases"]) {
    SCOPED_TRACE(expected["name"].get<std::string>());
    ExpectAgreement(expected, reference["global_batch_size"]);
  }
}

// ---- Errors --------------------------------------------------------------------------------------------------------

struct BadModel {
  std::string factorization;
  const char* message;
};

class MatrixFactorizationErrorTest : public testing::TestWithParam<BadModel> {};

TEST_P(MatrixFactorizationErrorTest, NamesFieldAndValue) {
  const absl::Status status = CreateModel(JobWith(GetParam().factorization)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Errors, MatrixFactorizationErrorTest,
    testing::Values(
        BadModel{"", "model.matrix_factorization.user.column is missing"},
        BadModel{"user { column: 'u' table: 'user' }", "model.matrix_factorization.item.column is missing"},
        BadModel{"user { column: 'u' table: 'user' } item { column: 'i' table: 'item' }",
                 "model.matrix_factorization.target is missing"},
        BadModel{"user { column: 'u' table: 'users' } item { column: 'i' table: 'item' } target: 'rating'",
                 "model.matrix_factorization.user.table is 'users', which is not among the tables: user, item, "
                 "user_bias, item_bias, global_bias"},
        BadModel{"user { column: 'u' table: 'user' } item { column: 'i' table: 'item_bias' } target: 'rating'",
                 "model.matrix_factorization.user.table has embedding_dim 8 and item.table 1, expected the same"},
        BadModel{kPlain + std::string("user_bias_table: 'nope'"), "user_bias_table is 'nope', which is not among"},
        BadModel{kPlain + std::string("item_bias_table: 'item'"),
                 "item_bias_table is 'item' with embedding_dim 8, expected 1"},
        BadModel{kPlain + std::string("output_range { low: 5 high: 5 }"),
                 "output_range has low 5 and high 5, expected finite numbers, low below high"},
        BadModel{kPlain + std::string("output_range { low: 1 }"), "output_range has low 1 and high missing"},
        BadModel{kPlain + std::string("output_range { low: 0 high: inf }"), "output_range has low 0 and high inf"}));

TEST(CreateModelTest, AJobWithoutModelIsRefused) {
  const absl::Status status = CreateModel(ParseJob(kTables)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model is missing"));
}

}  // namespace
}  // namespace shoal
