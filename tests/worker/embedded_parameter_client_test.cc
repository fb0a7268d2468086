#include "worker/embedded_parameter_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/server_requests.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kBias = 2;

class ScriptedSink : public CheckpointSink {
 public:
  absl::Status Save(const Shard& shard) override {
    saved_steps.push_back(shard.applied_step());
    return status;
  }
  std::vector<uint64_t> saved_steps;
  absl::Status status;
};

// Every answer comes inside the call.
class EmbeddedParameterClientTest : public testing::Test {
 protected:
  absl::StatusOr<Boundary> Pull(uint64_t step, const std::vector<uint64_t>& ids, bool read_only = false) {
    rows_.assign(ids.size(), 0);
    const PullTable table = {kBias, ids, rows_.data()};
    absl::StatusOr<Boundary> result = absl::UnknownError("not answered");
    client_.Pull(step, read_only, {&table, 1}, [&result](absl::StatusOr<Boundary> b) { result = std::move(b); });
    return result;
  }
  absl::Status Push(uint64_t step, const std::vector<uint64_t>& ids, Boundary boundary = CONTINUE) {
    AlignedFloats gradients(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) gradients.data()[i] = 1;
    const PushTable table = {kBias, ids, gradients.data()};
    absl::Status result = absl::UnknownError("not answered");
    client_.Push(step, boundary, {&table, 1}, [&result](absl::Status s) { result = std::move(s); });
    return result;
  }

  const std::unique_ptr<Shard> shard_ = MakeTestShard(PlainSgdJob());
  ScriptedSink sink_;
  EmbeddedParameterClient client_{shard_.get(), &sink_};
  std::vector<float> rows_;
};

TEST_F(EmbeddedParameterClientTest, APushIsAStep) {
  ASSERT_EQ(*Pull(1, {7, 3}), CONTINUE);
  const std::vector<float> before = rows_;
  ASSERT_EQ(Push(1, {7}), absl::OkStatus());
  EXPECT_EQ(shard_->applied_step(), 1u);
  ASSERT_TRUE(Pull(2, {7, 3}).ok());
  EXPECT_THAT(rows_, ElementsAre(before[0] - 1, before[1]));
}

TEST_F(EmbeddedParameterClientTest, ABoundaryIsSavedAndToldToTheNextPulls) {
  ASSERT_EQ(Push(1, {7}), absl::OkStatus());
  EXPECT_THAT(sink_.saved_steps, IsEmpty());
  ASSERT_EQ(Push(2, {7}, CHECKPOINT_AND_STOP), absl::OkStatus());
  EXPECT_THAT(sink_.saved_steps, ElementsAre(2));
  EXPECT_EQ(*Pull(3, {7}, /*read_only=*/true), CHECKPOINT_AND_STOP);
  EXPECT_EQ(*Pull(3, {7}), CHECKPOINT_AND_STOP);
}

TEST_F(EmbeddedParameterClientTest, ASaveThatFailsFailsThePush) {
  sink_.status = absl::ResourceExhaustedError("disk full");
  EXPECT_EQ(Push(1, {7}, CHECKPOINT), absl::ResourceExhaustedError("disk full"));
}

TEST_F(EmbeddedParameterClientTest, StepsOutOfOrderAreRefusedWithoutAnyChange) {
  EXPECT_EQ(Pull(2, {7}).status(), absl::FailedPreconditionError("request for step 2, but step 0 is applied"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Push(2, {7}, CHECKPOINT)));
  ASSERT_EQ(Push(1, {7}), absl::OkStatus());
  EXPECT_TRUE(absl::IsFailedPrecondition(Push(1, {7}, CHECKPOINT)));
  EXPECT_EQ(shard_->applied_step(), 1u);
  EXPECT_THAT(sink_.saved_steps, IsEmpty());
}

TEST_F(EmbeddedParameterClientTest, BadIdsAreRefusedWithoutAnyChange) {
  EXPECT_TRUE(absl::IsInvalidArgument(Pull(1, {3, 13}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Push(1, {3, 13}, CHECKPOINT)));
  EXPECT_EQ(shard_->applied_step(), 0u);
  EXPECT_EQ(shard_->tables()[kBias]->Snapshot()->num_rows(), 0);
  EXPECT_THAT(sink_.saved_steps, IsEmpty());
}

TEST_F(EmbeddedParameterClientTest, ReadingCreatesNothing) {
  ASSERT_TRUE(Pull(1, {7}, /*read_only=*/true).ok());
  EXPECT_EQ(shard_->tables()[kBias]->Snapshot()->num_rows(), 0);
  const float read = rows_[0];
  ASSERT_TRUE(Pull(1, {7}).ok());
  EXPECT_EQ(rows_[0], read);
}

// ---- As a RowStore -------------------------------------------------------------------------------------------------

constexpr int kUser = 0;

// Momentum, so that a row has state, and decay, so that one that no step touches moves.
std::unique_ptr<Shard> MakeMomentumShard() {
  SmallJobOptions options;
  options.optimizer = "sgd { momentum: 0.9 weight_decay: 0.1 }";
  return MakeTestShard(SmallJob(options));
}

// A step that pulls and pushes these rows of users.
void Step(Shard& shard, const std::vector<uint64_t>& ids) {
  Table& table = shard.table(kUser);
  const int segment = table.layout().segment();
  AlignedFloats gradients(ids.size() * segment);
  for (size_t i = 0; i < ids.size(); ++i) gradients.data()[i * segment] = 1.0F + static_cast<float>(i);
  const Shard::LocalGradients local = {kUser, ids, gradients.data()};
  shard.ApplyLocal(CONTINUE, {&local, 1});
}

std::vector<float> Read(const RowStore& store, const Shard& shard, const std::vector<uint64_t>& ids) {
  std::vector<float> rows(ids.size() * shard.tables()[kUser]->layout().row_floats());
  store.Read(kUser, ids, rows.data());
  return rows;
}

std::vector<float> Weights(const Shard& shard) {
  const Table& table = *shard.tables()[kUser];
  const std::vector<uint64_t> all = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<float> weights(all.size() * table.layout().segment());
  table.PullReadOnly(all, table.layout().segment(), static_cast<int64_t>(table.layout().segment() * sizeof(float)),
                     reinterpret_cast<uint8_t*>(weights.data()));
  return weights;
}

TEST(EmbeddedRowStoreTest, RowsComeAndGoWithTheirStateAndTheStepsThatTheyMissed) {
  const std::unique_ptr<Shard> one = MakeMomentumShard();
  const std::unique_ptr<Shard> other = MakeMomentumShard();
  ScriptedSink sink;
  const EmbeddedParameterClient from(one.get(), &sink);
  EmbeddedParameterClient to(other.get(), &sink);
  // Rows 2 and 7 take steps in one alone; in the other they are new, but for 7, which is of the last pull.
  Step(*one, {2, 7});
  Step(*other, {});
  Step(*one, {7});
  Step(*other, {7});
  EXPECT_NE(Weights(*other), Weights(*one));
  to.Write(kUser, {2, 7}, Read(from, *one, {2, 7}).data());
  EXPECT_EQ(Weights(*other), Weights(*one));
  Step(*one, {7, 12, 2});
  Step(*other, {7, 12, 2});
  EXPECT_EQ(Weights(*other), Weights(*one));
}

TEST(EmbeddedRowStoreTest, ANewRowIsReadAsItIsCreated) {
  const std::unique_ptr<Shard> one = MakeMomentumShard();
  const std::unique_ptr<Shard> other = MakeMomentumShard();
  Step(*one, {});
  Step(*other, {});
  ScriptedSink sink;
  const EmbeddedParameterClient from(one.get(), &sink);
  EmbeddedParameterClient(other.get(), &sink).Write(kUser, {5}, Read(from, *one, {5}).data());
  EXPECT_EQ(Weights(*other), Weights(*one)) << "it decays in the step that it missed";
}

TEST(EmbeddedRowStoreTest, ManyRowsAreReadAsOneByOne) {
  SmallJobOptions options;
  options.num_users = 20000;
  const std::unique_ptr<Shard> shard = MakeTestShard(SmallJob(options));
  ScriptedSink sink;
  const EmbeddedParameterClient store(shard.get(), &sink);
  std::vector<uint64_t> ids(20000);
  std::iota(ids.rbegin(), ids.rend(), 0U);
  const std::vector<float> all = Read(store, *shard, ids);
  const size_t floats = all.size() / ids.size();
  for (const size_t i : {size_t{0}, size_t{4095}, size_t{4096}, size_t{10000}, ids.size() - 1}) {
    EXPECT_EQ(std::vector<float>(&all[i * floats], &all[i * floats] + floats), Read(store, *shard, {ids[i]}));
  }
}

TEST(EmbeddedRowStoreTest, ReadingCreatesNoRow) {
  const std::unique_ptr<Shard> shard = MakeMomentumShard();
  ScriptedSink sink;
  const EmbeddedParameterClient store(shard.get(), &sink);
  Read(store, *shard, {0, 1, 2});
  EXPECT_EQ(shard->table(kUser).Snapshot()->num_rows(), 0);
}

}  // namespace
}  // namespace shoal
