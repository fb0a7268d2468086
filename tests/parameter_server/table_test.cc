#include "parameter_server/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kDim = 5;
constexpr int64_t kRows = 13;
constexpr char kDecayingAdam[] = "adam { weight_decay: 0.1 decoupled_weight_decay: true }";

// Table "user" of a small job: 13 rows in 4 partitions.
class TableTest : public testing::Test {
 protected:
  std::unique_ptr<Table> Make(const std::string& optimizer, RowSemantics semantics,
                              const std::vector<bool>& owned = {true, true, true, true}) {
    SmallJobOptions options;
    options.optimizer = optimizer;
    options.row_semantics = semantics;
    return MakeFrom(SmallJob(options), owned);
  }
  std::unique_ptr<Table> MakeFrom(const ResolvedJob& job, const std::vector<bool>& owned = {true, true, true, true}) {
    schedules_.push_back(std::make_unique<Schedule>(
        Schedule::Create(job.job().training(), job.steps_per_epoch(), job.total_steps()).value()));
    return Table::Create(job.job().tables(0), job.job().seed(), owned, *schedules_.back()).value();
  }

  static std::vector<float> Pull(Table& table, uint64_t id) {
    std::vector<float> row(kDim);
    table.Pull({id}, kDim, sizeof(float) * kDim, reinterpret_cast<uint8_t*>(row.data()));
    return row;
  }
  static std::vector<float> Read(const Table& table, uint64_t id) {
    std::vector<float> row(kDim);
    table.PullReadOnly({id}, kDim, sizeof(float) * kDim, reinterpret_cast<uint8_t*>(row.data()));
    return row;
  }
  // Gradient `gradient` in every element of the row; the step after it begins.
  static void Step(Table& table, int64_t step, uint64_t id, float gradient) {
    AlignedFloats gradients(table.layout().segment());
    std::fill_n(gradients.data(), kDim, gradient);
    table.ApplyGradients({id}, gradients.data());
    table.BeginStepAfter(step);
  }

  // As a checkpoint would bring it, from another table's snapshot.
  static absl::Status RestoreAll(const Table& from, Table& to) {
    const std::unique_ptr<TableRows> rows = from.Snapshot();
    const std::vector<uint64_t> ids = rows->ids();
    const std::vector<uint64_t> last_steps =
        rows->schema().has_last_step ? rows->last_steps() : std::vector<uint64_t>(ids.size(), 0);
    std::vector<std::vector<std::vector<float>>> fields(ids.size());
    for (size_t f = 0; f < rows->schema().fields.size(); ++f) {
      size_t row = 0;
      rows->ForEach(static_cast<int>(f),
                    [&](absl::Span<const float> v) { fields[row++].emplace_back(v.begin(), v.end()); });
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      LoadedRow loaded = {ids[i], last_steps[i], {fields[i].begin(), fields[i].end()}};
      const absl::Status status = to.Restore(loaded);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::vector<std::unique_ptr<Schedule>> schedules_;  // The tables point to them.
};

TEST_F(TableTest, IdsOutOfRangeOrOwnedElsewhereAreNamed) {
  const auto table = Make("sgd {}", LAZY, {true, false, true, true});
  EXPECT_EQ(table->CheckIds({0, 2, 12}), absl::OkStatus());
  EXPECT_EQ(table->CheckIds({0, 13}),
            absl::InvalidArgumentError("id 13 is out of range for table user, which has num_embeddings 13"));
  EXPECT_EQ(table->CheckIds({5}),
            absl::InvalidArgumentError("id 5 of table user lies in partition 1, which this server does not own"));
}

TEST_F(TableTest, ReadingIsAsPullingButCreatesNothing) {
  for (RowSemantics semantics : {LAZY, DENSE_EQUIVALENT}) {
    const auto table = Make(kDecayingAdam, semantics);
    table->BeginStepAfter(3);
    const std::vector<float> read = Read(*table, 7);
    EXPECT_EQ(table->Snapshot()->num_rows(), 0);
    EXPECT_EQ(Pull(*table, 7), read);
    EXPECT_THAT(table->Snapshot()->ids(), ElementsAre(7));
    table->BeginStepAfter(9);
    EXPECT_EQ(Read(*table, 7), Pull(*table, 7));
  }
}

TEST_F(TableTest, ARowsBitsDependNeitherOnWhatElseIsOwnedNorOnWhenItIsFirstTouched) {
  const auto all = Make(kDecayingAdam, DENSE_EQUIVALENT);
  const auto part = Make(kDecayingAdam, DENSE_EQUIVALENT, {false, false, false, true});
  Pull(*all, 7);
  for (int64_t step = 1; step <= 6; ++step) {
    all->BeginStepAfter(step);
    part->BeginStepAfter(step);
  }
  EXPECT_EQ(Pull(*all, 7), Pull(*part, 7));
}

TEST_F(TableTest, AGradientForARowThatWasNeverPulledCreatesIt) {
  const auto pulled = MakeFrom(PlainSgdJob());
  const auto pushed = MakeFrom(PlainSgdJob());
  std::vector<float> expected = Pull(*pulled, 7);
  Step(*pushed, 1, 7, 0.5f);
  for (float& weight : expected) weight -= 0.5f;
  EXPECT_EQ(Pull(*pushed, 7), expected);
}

TEST_F(TableTest, GradientsAreClippedWhereTheTableSaysSo) {
  ResolvedJob job = PlainSgdJob();
  job.mutable_job()->mutable_tables(0)->mutable_gradient_clipping()->set_value(0.25f);
  const auto table = MakeFrom(job);
  std::vector<float> expected = Pull(*table, 7);
  Step(*table, 1, 7, 9);
  for (float& weight : expected) weight -= 0.25f;
  EXPECT_EQ(Pull(*table, 7), expected);
}

TEST_F(TableTest, RowsGoWhereTheDistanceSays) {
  const auto table = Make("sgd {}", LAZY);
  std::vector<float> out(2 * 8, -1.0f);
  const std::vector<uint64_t> ids = {3, 12};
  table->Pull(ids, kDim, 8 * sizeof(float), reinterpret_cast<uint8_t*>(out.data()));
  EXPECT_EQ(std::vector<float>(out.begin(), out.begin() + kDim), Read(*table, 3));
  EXPECT_EQ(std::vector<float>(out.begin() + 8, out.begin() + 8 + kDim), Read(*table, 12));
  EXPECT_EQ(out[kDim], -1.0f) << "what lies between the rows stays";
}

TEST_F(TableTest, ASnapshotHoldsTheCreatedRowsByAscendingId) {
  const auto table = Make(kDecayingAdam, DENSE_EQUIVALENT);
  EXPECT_THAT(table->Snapshot()->ids(), IsEmpty());
  for (uint64_t id : {12, 1, 4, 0, 7}) Pull(*table, id);
  EXPECT_THAT(table->Snapshot()->ids(), ElementsAre(0, 1, 4, 7, 12));
  const TableSchema schema = table->schema();
  std::vector<std::string> names;
  for (const RowField& field : schema.fields) names.push_back(field.name);
  EXPECT_THAT(names, ElementsAre("weight", "exp_avg", "exp_avg_sq", "pending_weight"));
  EXPECT_TRUE(schema.has_last_step);
}

TEST_F(TableTest, ASnapshotsWeightIsCaughtUpAndItsPendingWeightIsNot) {
  const auto table = Make(kDecayingAdam, DENSE_EQUIVALENT);
  Pull(*table, 7);
  Step(*table, 1, 7, 0.5f);
  const std::vector<float> after_step = Read(*table, 7);
  table->BeginStepAfter(5);
  const std::vector<float> idle = Read(*table, 7);
  ASSERT_NE(idle, after_step);
  const std::unique_ptr<TableRows> rows = table->Snapshot();
  EXPECT_THAT(rows->last_steps(), ElementsAre(1));
  rows->ForEach(0, [&](absl::Span<const float> weight) { EXPECT_EQ(weight, absl::MakeSpan(idle)); });
  rows->ForEach(3, [&](absl::Span<const float> pending) { EXPECT_EQ(pending, absl::MakeSpan(after_step)); });
}

TEST_F(TableTest, ARestoredTableGoesOnAsTheOneThatWasSaved) {
  for (const char* optimizer : {kDecayingAdam, "sgd { momentum: 0.9 weight_decay: 0.01 }", "adagrad {}"}) {
    SCOPED_TRACE(optimizer);
    const RowSemantics semantics = std::string(optimizer) == "adagrad {}" ? LAZY : DENSE_EQUIVALENT;
    const auto saved = Make(optimizer, semantics);
    Step(*saved, 1, 7, 0.5f);
    Step(*saved, 2, 3, 0.25f);
    saved->BeginStepAfter(4);
    const auto restored = Make(optimizer, semantics);
    ASSERT_EQ(RestoreAll(*saved, *restored), absl::OkStatus());
    restored->BeginStepAfter(4);
    for (const auto& table : {saved.get(), restored.get()}) {
      Step(*table, 5, 7, -1);
      Step(*table, 6, 9, 2);
    }
    for (uint64_t id = 0; id < kRows; ++id) EXPECT_EQ(Pull(*restored, id), Pull(*saved, id)) << id;
  }
}

TEST_F(TableTest, RowsOfOtherOwnersArePassedOver) {
  const auto saved = Make("sgd {}", LAZY);
  for (uint64_t id = 0; id < kRows; ++id) Pull(*saved, id);
  const auto part = Make("sgd {}", LAZY, {false, true, false, false});
  ASSERT_EQ(RestoreAll(*saved, *part), absl::OkStatus());
  EXPECT_THAT(part->Snapshot()->ids(), ElementsAre(1, 5, 9));
}

TEST_F(TableTest, ARowThatStandsTwiceIsRefused) {
  const auto saved = Make("sgd {}", LAZY);
  Pull(*saved, 7);
  const auto restored = Make("sgd {}", LAZY);
  ASSERT_EQ(RestoreAll(*saved, *restored), absl::OkStatus());
  EXPECT_EQ(RestoreAll(*saved, *restored), absl::InvalidArgumentError("row 7 of table user stands twice"));
}

TEST_F(TableTest, RowsThatAreNotThisTablesAreRefusedBeforeAnythingIsWritten) {
  const auto table = Make("rowwise_adagrad {}", LAZY);
  const std::vector<float> before = Read(*table, 7);
  const std::vector<float> weight(kDim, 1);
  const std::vector<float> one(1, 1);
  const std::vector<float> wide(1 << 20, 1);
  EXPECT_EQ(table->Restore({7, 0, {weight}}),
            absl::InvalidArgumentError("rows of table user have 1 fields in the checkpoint, 2 in the job"));
  EXPECT_EQ(
      table->Restore({7, 0, {weight, wide}}),
      absl::InvalidArgumentError("field sum of table user has 1048576 floats a row in the checkpoint, 1 in the job"));
  EXPECT_EQ(
      table->Restore({7, 0, {one, one}}),
      absl::InvalidArgumentError("field weight of table user has 1 floats a row in the checkpoint, 5 in the job"));
  EXPECT_THAT(std::string(table->Restore({13, 0, {weight, one}}).message()), HasSubstr("id 13 is out of range"));
  EXPECT_EQ(table->Snapshot()->num_rows(), 0);
  EXPECT_EQ(Read(*table, 7), before);
  EXPECT_EQ(table->Restore({7, 0, {weight, one}}), absl::OkStatus());
  EXPECT_EQ(Read(*table, 7), weight);
}

TEST_F(TableTest, ATableMayHaveFewerRowsThanPartitions) {
  SmallJobOptions options;
  options.num_users = 2;
  options.num_partitions = 4;
  const auto table = MakeFrom(PlainSgdJob(options));
  Pull(*table, 0);
  Pull(*table, 1);
  EXPECT_THAT(table->Snapshot()->ids(), ElementsAre(0, 1));
}

// ---- max_norm, padding, first weights ------------------------------------------------------------------------------

class TableRulesTest : public TableTest {
 protected:
  static constexpr float kMaxNorm = 0.125F;
  static ResolvedJob LimitedJob() {
    ResolvedJob job = PlainSgdJob();
    job.mutable_job()->mutable_tables(0)->set_max_norm(kMaxNorm);
    return job;
  }
  static float NormOf(const std::vector<float>& row) {
    double sum = 0;
    for (const float value : row) sum += static_cast<double>(value) * value;
    return static_cast<float>(std::sqrt(sum));
  }
  static std::vector<float> Stored(const Table& table, uint64_t id) {
    const std::vector<uint64_t> ids = table.Snapshot()->ids();
    const auto place = std::find(ids.begin(), ids.end(), id) - ids.begin();
    std::vector<std::vector<float>> rows;
    table.Snapshot()->ForEach(0, [&](absl::Span<const float> row) { rows.emplace_back(row.begin(), row.end()); });
    return rows[place];
  }

  const std::vector<float> long_row_ = {1, -2, 3, 0, 4};
};

TEST_F(TableRulesTest, ReadingShortensCopiesAndNotTheRow) {
  const auto table = MakeFrom(LimitedJob());
  table->Begin(7, long_row_);
  const std::vector<float> first = Pull(*table, 7);
  EXPECT_FLOAT_EQ(NormOf(first), kMaxNorm);
  EXPECT_EQ(Pull(*table, 7), first) << "a pull that is sent again reads the same";
  EXPECT_EQ(Read(*table, 7), first);
  EXPECT_EQ(Stored(*table, 7), long_row_);
}

TEST_F(TableRulesTest, OfRowsThatAreReadWithTheirStateTheWeightsAloneAreShortened) {
  ResolvedJob job = LimitedJob();
  auto* adagrad = job.mutable_job()->mutable_tables(0)->mutable_optimizer()->mutable_adagrad();
  adagrad->set_initial_accumulator_value(100);
  const auto table = MakeFrom(job);
  table->Begin(7, long_row_);
  std::vector<float> row(table->layout().row_floats());
  const std::vector<uint64_t> ids = {7};
  table->Pull(ids, static_cast<int>(row.size()), 0, reinterpret_cast<uint8_t*>(row.data()));
  const float* const sums = row.data() + table->layout().field_offset(0);
  EXPECT_FLOAT_EQ(NormOf({row.begin(), row.begin() + kDim}), kMaxNorm);
  EXPECT_THAT(std::vector<float>(sums, sums + kDim), Each(100));
}

TEST_F(TableRulesTest, AStepShortensTheRowsThatItReadOnceAndNoOthers) {
  const auto table = MakeFrom(LimitedJob());
  table->Begin(7, long_row_);
  table->Begin(8, long_row_);
  std::vector<float> expected = Pull(*table, 7);
  for (float& weight : expected) weight -= 0.5F;
  Step(*table, 1, 7, 0.5F);
  EXPECT_EQ(Stored(*table, 7), expected) << "by the optimizer, the row is as long as it makes it";
  EXPECT_EQ(Stored(*table, 8), long_row_);
}

TEST_F(TableRulesTest, ARowWithoutGradientIsShortenedToo) {
  const auto table = MakeFrom(LimitedJob());
  table->Begin(7, long_row_);
  const std::vector<float> read = Pull(*table, 7);
  Step(*table, 1, 7, 0);
  EXPECT_EQ(Stored(*table, 7), read);
}

TEST_F(TableRulesTest, CopiesThatAreNotAlignedAreShortenedToo) {
  const auto table = MakeFrom(LimitedJob());
  table->Begin(3, long_row_);
  table->Begin(12, long_row_);
  std::vector<uint8_t> out(2 * 23 + 1);
  const std::vector<uint64_t> ids = {3, 12};
  table->Pull(ids, kDim, 23, out.data() + 1);
  for (const size_t at : {1, 24}) {
    std::vector<float> copy(kDim);
    std::memcpy(copy.data(), out.data() + at, kDim * sizeof(float));
    EXPECT_EQ(copy, Read(*table, 3));
  }
}

TEST_F(TableRulesTest, ThePaddingRowIsZerosAndTakesNoGradientWhereverItStandsInAPush) {
  ResolvedJob job = PlainSgdJob();
  job.mutable_job()->mutable_tables(0)->set_padding_idx(7);
  for (const std::vector<uint64_t>& ids : std::vector<std::vector<uint64_t>>{{7, 1, 2}, {1, 7, 2}, {1, 2, 7}, {7}}) {
    const auto table = MakeFrom(job);
    const std::vector<float> before = Read(*table, 1);
    AlignedFloats gradients(ids.size() * table->layout().segment());
    std::fill_n(gradients.data(), gradients.size(), 1.0F);
    table->ApplyGradients(ids, gradients.data());
    table->BeginStepAfter(1);
    EXPECT_THAT(Pull(*table, 7), Each(0));
    const float step = ids.size() > 1 ? 1 : 0;
    EXPECT_EQ(Pull(*table, 1)[0], before[0] - step) << "the rows beside it learn";
    EXPECT_THAT(absl::MakeConstSpan(gradients.data(), gradients.size()), Each(0)) << "as all gradients afterwards";
  }
}

TEST_F(TableRulesTest, ARowBeginsWithGivenWeightsAndTheOptimizersFirstState) {
  const auto table = Make("adagrad { initial_accumulator_value: 0.5 }", LAZY, {true, true, false, true});
  table->Begin(7, long_row_);
  table->Begin(6, long_row_);
  EXPECT_THAT(table->Snapshot()->ids(), ElementsAre(7)) << "row 6 is owned elsewhere";
  EXPECT_EQ(Read(*table, 7), long_row_);
  table->Snapshot()->ForEach(1, [](absl::Span<const float> sum) { EXPECT_THAT(sum, Each(0.5F)); });
}

TEST_F(TableTest, AStepOnTheRowsOfItsPullIsThatOnRowsLookedUpAnew) {
  for (const char* optimizer : {kDecayingAdam, "sgd { momentum: 0.9 weight_decay: 0.1 }"}) {
    const auto table = Make(optimizer, DENSE_EQUIVALENT);
    const auto anew = Make(optimizer, DENSE_EQUIVALENT);
    const int segment = table->layout().segment();
    for (int64_t step = 1; step <= 6; ++step) {
      // The same rows twice in a row, then others, so that rows are idle in between.
      const auto first = static_cast<uint64_t>(step / 2 % 3);
      const std::vector<uint64_t> ids = {first, first + 4, first + 7};
      const std::vector<uint64_t> other_order = {ids[2], ids[0], ids[1]};
      std::vector<float> rows(ids.size() * kDim);
      for (Table* pulled : {table.get(), anew.get()}) {
        pulled->Pull(ids, kDim, sizeof(float) * kDim, reinterpret_cast<uint8_t*>(rows.data()));
      }
      EXPECT_EQ(Read(*anew, 11), Read(*table, 11));
      AlignedFloats gradients(ids.size() * segment);
      AlignedFloats reordered(ids.size() * segment);
      for (size_t i = 0; i < ids.size(); ++i) {
        std::fill_n(gradients.data() + i * segment, kDim, static_cast<float>(i + step));
        std::fill_n(reordered.data() + (i + 1) % ids.size() * segment, kDim, static_cast<float>(i + step));
      }
      table->ApplyGradients(ids, gradients.data());
      anew->ApplyGradients(other_order, reordered.data());
      for (Table* stepped : {table.get(), anew.get()}) stepped->BeginStepAfter(step);
      for (uint64_t id = 0; id < kRows; ++id) EXPECT_EQ(Read(*table, id), Read(*anew, id)) << "row " << id;
    }
  }
}

TEST_F(TableTest, APullOfNothingLeavesIdleRowsToBeCaughtUp) {
  const auto table = Make(kDecayingAdam, DENSE_EQUIVALENT);
  Pull(*table, 3);
  Step(*table, 1, 3, 1);
  Pull(*table, 3);
  table->BeginStepAfter(2);  // Another's push, of other rows.
  table->Pull({}, kDim, sizeof(float) * kDim, nullptr);
  EXPECT_EQ(Pull(*table, 3), Read(*table, 3));
}

}  // namespace
}  // namespace shoal
