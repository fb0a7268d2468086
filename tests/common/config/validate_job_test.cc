#include "common/config/validate_job.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"
#include "tests/common/config/wrong_value.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ValidateJobTest, AMinimalJobIsValid) { EXPECT_THAT(ProblemsOf(kTestJob), IsEmpty()); }

// ---- One value at a time, each set in the valid test job ---------------------------------------------------------

// Leaves three tables of the test job to tests alone.
constexpr char kModelWithoutBiases[] =
    "model.matrix_factorization={user {column: 'user_id' table: 'user'} item {column: 'item_id' table: 'item'} "
    "target: 'rating'}";

constexpr char kImplicit[] =
    "model.implicit_factorization={user {column: 'user_id' table: 'user'} item {column: 'item_id' table: 'item'} "
    "item_bias_table: 'item_bias'}|model.implicit_factorization.";

class WrongValueTest : public testing::TestWithParam<WrongValue> {};

TEST_P(WrongValueTest, IsTheOnlyProblemAndIsExplained) {
  const std::vector<std::string> overrides = absl::StrSplit(GetParam().set, '|');
  const std::vector<std::string> problems = ProblemsOf(kTestJob, overrides);
  ASSERT_EQ(problems.size(), 1) << testing::PrintToString(problems);
  EXPECT_THAT(problems[0], testing::HasSubstr(": " + GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Data, WrongValueTest,
    testing::Values(
        WrongValue{"data.train.path=", "data.train.path: must not be empty"},
        WrongValue{"data.train.delimiter=", "data.train.delimiter: must have at least one character"},
        WrongValue{"data.train.delimiter=\"\\n\"", "data.train.delimiter: must not contain a line feed"},
        WrongValue{"data.train.synthetic={}|data.columns=[]",
                   "data.train.synthetic: contradicts 'path' at job.textproto:2"},
        WrongValue{"data.train=synthetic {}", "data.columns: are for DELIMITED sources"},
        WrongValue{"data.train.format=MOVIELENS_100K", "data.columns: are for DELIMITED sources"},
        WrongValue{"data={train {path: 'x' format: MOVIELENS_CSV delimiter: ','}}",
                   "data.train.delimiter: is for DELIMITED files only, not for MOVIELENS_CSV"},
        WrongValue{"data={train {synthetic {} header: true}}",
                   "data.train.header: is for DELIMITED files only, not for synthetic ratings"},
        WrongValue{"data={train {synthetic {num_users: 0}}}",
                   "data.train.synthetic.num_users: must be at least 1, is 0"},
        WrongValue{"data={train {synthetic {num_items: 0}}}",
                   "data.train.synthetic.num_items: must be at least 1, is 0"},
        WrongValue{"data={train {synthetic {num_ratings: 0}}}",
                   "data.train.synthetic.num_ratings: must be at least 1, is 0"},
        WrongValue{"data={train {synthetic {rank: -1}}}", "data.train.synthetic.rank: must be at least 1, is -1"},
        WrongValue{"data={train {synthetic {noise: -0.5}}}", "data.train.synthetic.noise: must be at least 0, is -0.5"},
        WrongValue{"data={train {synthetic {low: 5}}}", "data.train.synthetic.high: must be above low (5), is 5"},
        WrongValue{"data.random_split.validation_fraction=0",
                   "data.random_split.validation_fraction: must be above 0 and below 1, is 0"},
        WrongValue{"data.random_split.validation_fraction=1",
                   "data.random_split.validation_fraction: must be above 0 and below 1, is 1"},
        WrongValue{"data.validation.path=v.tsv|data.random_split={}",
                   "data.random_split: contradicts 'validation' at --set data.validation.path=v.tsv"},
        WrongValue{"data.validation={path: 'v.tsv' header: true}",
                   "data.validation.header: must be as data.train.header: 0"},
        WrongValue{"data.columns=[]", "data.columns: at least one is required"},
        WrongValue{"data.columns[1].position=-1", "data.columns[1].position: must be at least 0, is -1"},
        WrongValue{"data.columns[1].header=item", "data.columns[1].position: contradicts 'header'"},
        WrongValue{"data.columns[1]=name: 'item_id'",
                   "data.columns[1].position: is required for files without a header line"},
        WrongValue{"data.columns[1]=name: 'item_id' header: 'item'",
                   "data.columns[1].header: is for files with a header line"},
        WrongValue{"data.columns=[{name: 'user_id'}, {name: 'item_id' position: 1}, {name: 'rating' type: NUMBER}]|"
                   "data.train.header=true",
                   "data.columns[1].position: is for files without a header line"}));

INSTANTIATE_TEST_SUITE_P(
    Tables, WrongValueTest,
    testing::Values(
        WrongValue{absl::StrCat(kModelWithoutBiases, "|tables.global_bias.embedding_dim=0"),
                   "tables[4].embedding_dim: must be from 1 to 16384, is 0"},
        WrongValue{absl::StrCat(kModelWithoutBiases, "|tables.global_bias.embedding_dim=16385"),
                   "tables[4].embedding_dim: must be from 1 to 16384, is 16385"},
        WrongValue{"tables.user.num_embeddings=0", "tables[0].num_embeddings: must be from 1 to 1e+13, is 0"},
        WrongValue{"tables.user.num_embeddings=9223372036854775807",
                   "tables[0].num_embeddings: must be from 1 to 1e+13, is 9223372036854775807"},
        WrongValue{"tables.user.num_embeddings=10000000000000|tables.user.embedding_dim=1001|"
                   "tables.item.embedding_dim=1001",
                   "tables: must have at most 1e+16 weights (num_embeddings x embedding_dim) together, have 1.001e+16"},
        WrongValue{"tables.user.num_partitions=0", "tables[0].num_partitions: must be from 1 to 65536, is 0"},
        WrongValue{"tables.user.num_partitions=65537", "tables[0].num_partitions: must be from 1 to 65536, is 65537"},
        WrongValue{"tables.user.learning_rate_multiplier=-1",
                   "tables[0].learning_rate_multiplier: must be at least 0, is -1"},
        WrongValue{"tables.user.initializer={}", "tables[0].initializer: must hold one of: normal, truncated_normal"},
        WrongValue{"tables.user.initializer.normal.std=-1",
                   "tables[0].initializer.normal.std: must be at least 0, is -1"},
        WrongValue{"tables.user.initializer.truncated_normal.std=-1",
                   "tables[0].initializer.truncated_normal.std: must be at least 0, is -1"},
        WrongValue{"tables.user.initializer.truncated_normal.low=2",
                   "tables[0].initializer.truncated_normal.high: must be above low (2), is 2"},
        WrongValue{"tables.user.initializer.uniform.low=2",
                   "tables[0].initializer.uniform.high: must not be below low (2), is 1"},
        WrongValue{"tables.user.initializer.uniform.low=nan",
                   "tables[0].initializer.uniform.low: must be a finite number, is nan"},
        WrongValue{"tables.user.initializer.xavier_uniform.gain=-1",
                   "tables[0].initializer.xavier_uniform.gain: must be at least 0, is -1"},
        WrongValue{"tables.user.initializer.xavier_normal.gain=-1",
                   "tables[0].initializer.xavier_normal.gain: must be at least 0, is -1"},
        WrongValue{"tables.user.initializer.constant.value=inf",
                   "tables[0].initializer.constant.value: must be a finite number, is inf"},
        WrongValue{"tables.user.gradient_clipping={}",
                   "tables[0].gradient_clipping: must hold one of: value, row_norm"},
        WrongValue{"tables.user.gradient_clipping.value=0", "tables[0].gradient_clipping.value: must be above 0, is 0"},
        WrongValue{"tables.user.gradient_clipping.row_norm=0",
                   "tables[0].gradient_clipping.row_norm: must be above 0, is 0"},
        WrongValue{"tables.user.max_norm=0", "tables[0].max_norm: must be above 0, is 0"},
        WrongValue{"tables.user.max_norm=inf", "tables[0].max_norm: must be a finite number, is inf"},
        WrongValue{"tables.user.norm_type=0", "tables[0].norm_type: must be above 0, is 0"},
        WrongValue{"tables.user.norm_type=nan", "tables[0].norm_type: must be a finite number or inf, is nan"},
        WrongValue{"tables.user.norm_type=-inf", "tables[0].norm_type: must be a finite number or inf, is -inf"},
        WrongValue{"tables.user.num_embeddings=5|tables.user.padding_idx=5",
                   "tables[0].padding_idx: must be from -5 to 4, is 5"},
        WrongValue{"tables.user.num_embeddings=5|tables.user.padding_idx=-6",
                   "tables[0].padding_idx: must be from -5 to 4, is -6"},
        WrongValue{"tables.user.pretrained={}", "tables[0].pretrained.path: is required"},
        WrongValue{"tables.user.pretrained={path: 'x.npy' format: NPY tensor: 'w'}",
                   "tables[0].pretrained.tensor: only a SAFETENSORS file has named tensors, format is NPY"},
        WrongValue{"tables.user.optimizer.adam.eps=0", "tables[0].optimizer.adam.eps: must be at least 1e-16, is 0"}));

TEST(ValidateJobTest, AnImplicitFactorizationIsValid) {
  const std::vector<std::string> overrides = absl::StrSplit(absl::StrCat(kImplicit, "loss=LOGISTIC"), '|');
  EXPECT_THAT(ProblemsOf(kTestJob, overrides), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    ImplicitFactorization, WrongValueTest,
    testing::Values(
        WrongValue{absl::StrCat(kImplicit, "num_negatives=0"),
                   "model.implicit_factorization.num_negatives: must be at least 1, is 0"},
        WrongValue{absl::StrCat(kImplicit, "user.column=rating"),
                   "model.implicit_factorization.user.column: column 'rating' holds numbers"},
        WrongValue{absl::StrCat(kImplicit, "item.table=items"),
                   "model.implicit_factorization.item.table: no table is named 'items'; did you mean 'item'?"},
        WrongValue{absl::StrCat(kImplicit, "item={}|model.implicit_factorization.item.column=item_id"),
                   "model.implicit_factorization.item.table: is required"},
        WrongValue{absl::StrCat(kImplicit, "num_negatives=2|tables.item.embedding_dim=4"),
                   "model.implicit_factorization: tables 'user' and 'item' must have the same embedding_dim, have 8 "
                   "and 4"},
        WrongValue{absl::StrCat(kImplicit, "num_negatives=2|tables.item_bias.embedding_dim=3"),
                   "model.implicit_factorization.item_bias_table: table 'item_bias' must have embedding_dim 1, has 3"},
        WrongValue{
            absl::StrCat(kImplicit, "item_bias_table=item|tables.user.embedding_dim=1|tables.item.embedding_dim=1"),
            "model.implicit_factorization.item_bias_table: must be a table of its own; 'item' holds rows of "
            "items"}));

INSTANTIATE_TEST_SUITE_P(
    Model, WrongValueTest,
    testing::Values(
        WrongValue{"model={}", "model: must hold one of: matrix_factorization"},
        WrongValue{"model.matrix_factorization.user.column=usr_id",
                   "model.matrix_factorization.user.column: the data has no column 'usr_id'; did you mean 'user_id'?"},
        WrongValue{
            "model.matrix_factorization.user.column=rating",
            "model.matrix_factorization.user.column: column 'rating' holds numbers; the id columns are: user_id, "
            "item_id"},
        WrongValue{"model.matrix_factorization.target=item_id",
                   "model.matrix_factorization.target: column 'item_id' holds ids; the number columns are: rating"},
        WrongValue{
            "data.validation={synthetic {}}|model.matrix_factorization.target=stars|data.columns.rating.name=stars",
            "model.matrix_factorization.target: the data has no column 'stars'; the number columns are: rating"},
        WrongValue{"model.matrix_factorization.user.table=usre",
                   "model.matrix_factorization.user.table: no table is named 'usre'; did you mean 'user'?"},
        WrongValue{
            "tables.item.embedding_dim=9",
            "model.matrix_factorization: tables 'user' and 'item' must have the same embedding_dim, have 8 and 9"},
        WrongValue{"model.matrix_factorization.user_bias_table=ub",
                   "model.matrix_factorization.user_bias_table: no table is named 'ub'"},
        WrongValue{"tables.user_bias.embedding_dim=2",
                   "model.matrix_factorization.user_bias_table: table 'user_bias' must have embedding_dim 1, has 2"},
        WrongValue{"tables.item_bias.embedding_dim=2",
                   "model.matrix_factorization.item_bias_table: table 'item_bias' must have embedding_dim 1, has 2"},
        WrongValue{
            "tables.global_bias.embedding_dim=2",
            "model.matrix_factorization.global_bias_table: table 'global_bias' must have embedding_dim 1, has 2"},
        WrongValue{
            "tables.item.num_embeddings=10|tables.item_bias.num_embeddings=9",
            "model.matrix_factorization.item_bias_table: table 'item_bias' is looked up by the ids of 'item' and "
            "must have its num_embeddings, 10, has 9"},
        WrongValue{"model.matrix_factorization.item_bias_table=user_bias",
                   "model.matrix_factorization.item_bias_table: must not be the user_bias_table ('user_bias')"},
        WrongValue{"model.matrix_factorization.global_bias_table=user_bias",
                   "model.matrix_factorization.global_bias_table: must be a table of its own"},
        WrongValue{"model.matrix_factorization.output_range.high=5",
                   "model.matrix_factorization.output_range.low: is required"},
        WrongValue{"model.matrix_factorization.output_range={low: 5 high: 5}",
                   "model.matrix_factorization.output_range.high: must be above low (5), is 5"}));

INSTANTIATE_TEST_SUITE_P(
    Training, WrongValueTest,
    testing::Values(
        WrongValue{"training.epochs=0", "training.epochs: must be at least 1, is 0"},
        WrongValue{"training.batch_size=0", "training.batch_size: must be at least 1, is 0"},
        WrongValue{"training.log_every_steps=0", "training.log_every_steps: must be at least 1, is 0"},
        WrongValue{"training.validation_batch_size=0", "training.validation_batch_size: must be at least 1, is 0"},
        WrongValue{"training.learning_rate=-0.5", "training.learning_rate: must be at least 0, is -0.5"},
        WrongValue{"training.learning_rate=nan", "training.learning_rate: must be a finite number, is nan"},
        WrongValue{"training.checkpoint.every_steps=-1", "training.checkpoint.every_steps: must be at least 0, is -1"},
        WrongValue{"training.checkpoint.every_epochs=-1",
                   "training.checkpoint.every_epochs: must be at least 0, is -1"},
        WrongValue{"training.checkpoint.keep=-1", "training.checkpoint.keep: must be at least 0, is -1"},
        WrongValue{"training.schedule.step_decay.every_epochs=0",
                   "training.schedule.step_decay.every_epochs: must be at least 1, is 0"},
        WrongValue{"training.schedule.step_decay.gamma=0", "training.schedule.step_decay.gamma: must be above 0, is 0"},
        WrongValue{"training.schedule.exponential.gamma=-1",
                   "training.schedule.exponential.gamma: must be above 0, is -1"},
        WrongValue{"training.schedule.cosine.min_learning_rate=-1",
                   "training.schedule.cosine.min_learning_rate: must be at least 0, is -1"},
        WrongValue{
            "training.schedule.cosine.min_learning_rate=0.5",
            "training.schedule.cosine.min_learning_rate: must be at most training.learning_rate (0.001), is 0.5"},
        WrongValue{"training.schedule.one_cycle.div=0", "training.schedule.one_cycle.div: must be above 0, is 0"},
        WrongValue{"training.schedule.one_cycle.div_final=0",
                   "training.schedule.one_cycle.div_final: must be above 0, is 0"},
        WrongValue{"training.schedule.one_cycle.pct_start=1",
                   "training.schedule.one_cycle.pct_start: must be above 0 and below 1, is 1"},
        WrongValue{"training.schedule.one_cycle.momentum_start=1",
                   "training.schedule.one_cycle.momentum_start: must be at least 0 and below 1, is 1"},
        WrongValue{"training.schedule.one_cycle.momentum_middle=-1",
                   "training.schedule.one_cycle.momentum_middle: must be at least 0 and below 1, is -1"},
        WrongValue{"training.schedule.one_cycle.momentum_end=2",
                   "training.schedule.one_cycle.momentum_end: must be at least 0 and below 1, is 2"},
        WrongValue{"training.schedule.linear_warmup={}", "training.schedule.linear_warmup.steps: is required"},
        WrongValue{"training.schedule.linear_warmup.steps=0",
                   "training.schedule.linear_warmup.steps: must be at least 1, is 0"},
        WrongValue{"training.schedule.linear_warmup={steps: 1 start_factor: 0}",
                   "training.schedule.linear_warmup.start_factor: must be above 0 and at most 1, is 0"},
        WrongValue{"training.schedule=one_cycle {} linear_warmup { steps: 5 }",
                   "training.schedule.linear_warmup: contradicts 'one_cycle'"}));

INSTANTIATE_TEST_SUITE_P(
    Optimizer, WrongValueTest,
    testing::Values(
        WrongValue{"training.optimizer={}",
                   "training.optimizer: must hold one of: sgd, adagrad, rowwise_adagrad, adam"},
        WrongValue{"training.optimizer.sgd.momentum=1",
                   "training.optimizer.sgd.momentum: must be at least 0 and below 1, is 1"},
        WrongValue{"training.optimizer.sgd.dampening=2", "training.optimizer.sgd.dampening: must be from 0 to 1, is 2"},
        WrongValue{"training.optimizer.sgd.weight_decay=-1",
                   "training.optimizer.sgd.weight_decay: must be at least 0, is -1"},
        WrongValue{"training.optimizer.sgd.nesterov=true",
                   "training.optimizer.sgd.nesterov: needs momentum above 0 and dampening 0; they are 0 and 0"},
        WrongValue{"training.optimizer.sgd=nesterov: true momentum: 0.9 dampening: 0.5",
                   "training.optimizer.sgd.nesterov: needs momentum above 0 and dampening 0; they are 0.9 and 0.5"},
        WrongValue{"training.optimizer.adagrad.lr_decay=-1",
                   "training.optimizer.adagrad.lr_decay: must be at least 0, is -1"},
        WrongValue{"training.optimizer.adagrad.weight_decay=-1",
                   "training.optimizer.adagrad.weight_decay: must be at least 0, is -1"},
        WrongValue{"training.optimizer.adagrad.initial_accumulator_value=-1",
                   "training.optimizer.adagrad.initial_accumulator_value: must be at least 0, is -1"},
        WrongValue{"training.optimizer.adagrad.eps=-1", "training.optimizer.adagrad.eps: must be at least 0, is -1"},
        WrongValue{"training.optimizer.adagrad.eps=0",
                   "training.optimizer.adagrad.eps: must be above 0 in single precision, is 0"},
        WrongValue{"training.optimizer.adagrad=eps: 0 initial_accumulator_value: 1",
                   "training.optimizer.adagrad.eps: must be above 0 in single precision, is 0"},
        WrongValue{"training.optimizer.adagrad.eps=1e-50",
                   "training.optimizer.adagrad.eps: must be above 0 in single precision, is 1e-50"},
        WrongValue{"training.optimizer.rowwise_adagrad.eps=0",
                   "training.optimizer.rowwise_adagrad.eps: must be above 0"},
        WrongValue{"training.optimizer.rowwise_adagrad.weight_decay=-1",
                   "training.optimizer.rowwise_adagrad.weight_decay: must be at least 0, is -1"},
        WrongValue{"training.optimizer.adam.beta1=1",
                   "training.optimizer.adam.beta1: must be at least 0 and below 1, is 1"},
        WrongValue{"training.optimizer.adam.beta2=-0.5",
                   "training.optimizer.adam.beta2: must be at least 0 and below 1, is -0.5"},
        WrongValue{"training.optimizer.adam.eps=1e-17",
                   "training.optimizer.adam.eps: must be at least 1e-16, is 1e-17"},
        WrongValue{"training.optimizer.adam.weight_decay=-1",
                   "training.optimizer.adam.weight_decay: must be at least 0, is -1"}));

INSTANTIATE_TEST_SUITE_P(
    Cluster, WrongValueTest,
    testing::Values(
        WrongValue{"cluster.parameter_servers=-1", "cluster.parameter_servers: must be at least 0, is -1"},
        WrongValue{"cluster.workers=0", "cluster.workers: must be at least 1, is 0"},
        WrongValue{"cluster={workers: 2 parameter_servers: 0}",
                   "cluster.parameter_servers: must be at least 1 for 2 workers, is 0"},
        WrongValue{"cluster.workers=65",
                   "cluster.workers: must be at most training.batch_size (64), which is split over them, is 65"},
        WrongValue{"cluster.max_restarts=-1", "cluster.max_restarts: must be at least 0, is -1"},
        WrongValue{"cluster={compute: CUDA max_restarts: 2 row_cache {bytes: 1}}",
                   "cluster.row_cache: is for max_restarts: 0, max_restarts is 2: what a GPU keeps is lost with its "
                   "worker"},
        WrongValue{"cluster.startup_timeout_seconds=0", "cluster.startup_timeout_seconds: must be above 0, is 0"},
        WrongValue{"cluster.request_timeout_seconds=0", "cluster.request_timeout_seconds: must be above 0, is 0"},
        WrongValue{"cluster.busy_wait_microseconds=-1", "cluster.busy_wait_microseconds: must be at least 0, is -1"},
        WrongValue{"cluster.give_up_after_seconds=-1", "cluster.give_up_after_seconds: must be above 0, is -1"},
        WrongValue{"cluster.give_up_after_seconds=inf",
                   "cluster.give_up_after_seconds: must be a finite number, is inf"},
        WrongValue{"cluster.devices=[0]", "cluster.devices: are for compute: CUDA or AUTO, compute is CPU"},
        WrongValue{"cluster={compute: CUDA devices: [0, -1]}", "cluster.devices: are numbers from 0, one is -1"},
        WrongValue{"cluster={row_cache {bytes: 1}}", "cluster.row_cache: is for compute: CUDA or AUTO, compute is CPU"},
        WrongValue{"cluster={compute: CUDA wire_dtype: BFLOAT16 row_cache {bytes: 1}}",
                   "cluster.row_cache: is for wire_dtype: FLOAT32, wire_dtype is BFLOAT16: cached rows take the same "
                   "steps as the servers' to the bit"},
        WrongValue{"cluster={compute: CUDA row_cache {}}", "cluster.row_cache.bytes: is required"},
        WrongValue{"cluster={compute: CUDA row_cache {bytes: 0}}", "cluster.row_cache.bytes: must be at least 1, is 0"},
        WrongValue{"cluster={compute: CUDA row_cache {bytes: 1 max_staleness: -1}}",
                   "cluster.row_cache.max_staleness: must be at least 0, is -1"},
        WrongValue{"cluster={compute: CUDA workers: 2 row_cache {bytes: 1}}",
                   "cluster.row_cache.max_staleness: must be at least 1 for 2 workers, is 0"}));

// ---- Values at their bounds, and alternatives, that are right -----------------------------------------------------

class RightValueTest : public testing::TestWithParam<std::string> {};

TEST_P(RightValueTest, HasNoProblem) { EXPECT_THAT(ProblemsOf(kTestJob, absl::StrSplit(GetParam(), '|')), IsEmpty()); }

INSTANTIATE_TEST_SUITE_P(
    All, RightValueTest,
    testing::Values("data.train.delimiter=::", "data={train {synthetic {}} validation {synthetic {}}}",
                    "data.validation.path=v.tsv", "data.random_split={}",
                    "data.train.header=true|data.columns=[{name: 'user_id'}, {name: 'item_id' header: 'i'}, "
                    "{name: 'rating' type: NUMBER}]",
                    "tables.user.embedding_dim=16384|tables.item.embedding_dim=16384",
                    "tables.user.max_norm=0.5|tables.user.norm_type=inf", "tables.user.padding_idx=-7",
                    "tables.user.pretrained={path: 'x.safetensors' tensor: 'w'}", "tables.user.num_partitions=65536",
                    "tables.user.initializer.uniform={low: 1 high: 1}", "tables.user.learning_rate_multiplier=0",
                    "model.matrix_factorization.item.table=user",
                    "model.matrix_factorization.output_range={low:0 high:5.5}",
                    "training.optimizer.adagrad={eps: 1e-30 initial_accumulator_value: 0.1}",
                    "training.optimizer.adam.eps=1e-16", "training.optimizer.sgd={nesterov: true momentum: 0.9}",
                    "training.schedule=linear_warmup { steps: 10 start_factor: 1 }", "training.schedule={}",
                    "cluster.workers=64", "cluster={compute: AUTO devices: [1, 0]}",
                    "cluster={workers: 2 parameter_servers: 1}", "cluster.max_restarts=1000",
                    "cluster={compute: CUDA row_cache {bytes: 1}}",
                    "cluster={compute: AUTO workers: 2 row_cache {bytes: 1 max_staleness: 1}}",
                    "training.checkpoint={every_steps: 0 every_epochs: 0 keep: 0}"));

// ---- Missing values, and several problems at once -----------------------------------------------------------------

TEST(ValidateJobTest, AnEmptyJobLacksItsSections) {
  EXPECT_THAT(ProblemsOf(""),
              ElementsAre("job.textproto:1: data: is required", "job.textproto:1: tables: at least one is required",
                          "job.textproto:1: model: is required"));
}

TEST(ValidateJobTest, MissingValuesNameTheLineOfTheirMessage) {
  EXPECT_THAT(ProblemsOf(R"(data {}
tables {}
model {
  matrix_factorization {
    user {}
  }
})"),
              ElementsAre("job.textproto:1: data.train: is required", "job.textproto:2: tables[0].name: is required",
                          "job.textproto:2: tables[0].embedding_dim: is required",
                          "job.textproto:4: model.matrix_factorization.item: is required",
                          "job.textproto:4: model.matrix_factorization.target: is required",
                          "job.textproto:5: model.matrix_factorization.user.column: is required",
                          "job.textproto:5: model.matrix_factorization.user.table: is required"));
  EXPECT_THAT(ProblemsOf(TestJobWith("path: \"train.tsv\"", "")),
              ElementsAre("job.textproto:2: data.train.path: is required, unless 'synthetic' is given"));
  EXPECT_THAT(ProblemsOf(TestJobWith("name: \"item_id\"", "")),
              ElementsAre("job.textproto:4: data.columns[1].name: is required"));
}

TEST(ValidateJobTest, TableNamesAreWellFormed) {
  for (const char* name : {"User", "1user", "us-er", "us er", "../user", "_user"}) {
    EXPECT_THAT(ProblemsOf(TestJobWith("\"user\"", absl::StrCat("\"", name, "\""))),
                ElementsAre(StartsWith("job.textproto:7: tables[0].name: must be a lower-case letter")));
  }
}

TEST(ValidateJobTest, NamesAreDistinctAndTheSecondNamesTheFirst) {
  EXPECT_THAT(ProblemsOf(absl::StrCat(kTestJob, "tables { name: \"item\" embedding_dim: 2 }\n")),
              ElementsAre("job.textproto:22: tables[5].name: 'item' is also the name of the table at job.textproto:8"));
  EXPECT_THAT(ProblemsOf(TestJobWith("type: NUMBER }", "type: NUMBER }\n  columns { name: \"rating\" position: 7 }")),
              ElementsAre("job.textproto:6: data.columns[3].name: 'rating' is also the name of the column at "
                          "job.textproto:5"));
}

TEST(ValidateJobTest, ProblemsOfTextAndOfValuesComeTogetherInTheOrderOfTheFile) {
  EXPECT_THAT(ProblemsOf(absl::StrCat(TestJobWith("position: 1", "position: -1"), R"(training {
  epochs: 0
  batch_size: "many"
  learning_rate: nan
  row_semantic: LAZY
})")),
              ElementsAre("job.textproto:4: data.columns[1].position: must be at least 0, is -1",
                          "job.textproto:23: training.epochs: must be at least 1, is 0",
                          "job.textproto:24: training.batch_size: must be a whole number, is \"many\"",
                          "job.textproto:25: training.learning_rate: must be a finite number, is nan",
                          StartsWith("job.textproto:26: training.row_semantic: unknown field; did you mean "
                                     "'row_semantics'?")));
}

TEST(ValidateJobTest, NoProblemFollowsFromAMisspelling) {
  EXPECT_THAT(ProblemsOf(TestJobWith("name: \"user\" embedding_dim", "nam: \"user\" embeding_dim")),
              ElementsAre(StartsWith("job.textproto:7: tables[0].nam: unknown field"),
                          StartsWith("job.textproto:7: tables[0].embeding_dim: unknown field")));
  EXPECT_THAT(ProblemsOf(TestJobWith("model {", "modl {")),
              ElementsAre(StartsWith("job.textproto:12: modl: unknown field; did you mean 'model'?")));
  EXPECT_THAT(ProblemsOf("data { train { path: \"u.data\" format: MOVIELENS } }\n" +
                         std::string(kTestJob).substr(std::string(kTestJob).find("tables"))),
              ElementsAre(StartsWith("job.textproto:1: data.train.format: is MOVIELENS, which is no value of Format")));
}

}  // namespace
}  // namespace shoal
