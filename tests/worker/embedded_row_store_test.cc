#include "worker/embedded_row_store.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/server_requests.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

constexpr int kUser = 0;

// Momentum, so that a row has state, and decay, so that one that no step touches moves.
std::unique_ptr<Shard> MakeShard() {
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

std::vector<float> Read(const EmbeddedRowStore& store, const Shard& shard, const std::vector<uint64_t>& ids) {
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
  const std::unique_ptr<Shard> one = MakeShard();
  const std::unique_ptr<Shard> other = MakeShard();
  const EmbeddedRowStore from(one.get());
  EmbeddedRowStore to(other.get());
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
  const std::unique_ptr<Shard> one = MakeShard();
  const std::unique_ptr<Shard> other = MakeShard();
  Step(*one, {});
  Step(*other, {});
  EmbeddedRowStore(other.get()).Write(kUser, {5}, Read(EmbeddedRowStore(one.get()), *one, {5}).data());
  EXPECT_EQ(Weights(*other), Weights(*one)) << "it decays in the step that it missed";
}

TEST(EmbeddedRowStoreTest, ReadingCreatesNoRow) {
  const std::unique_ptr<Shard> shard = MakeShard();
  const EmbeddedRowStore store(shard.get());
  Read(store, *shard, {0, 1, 2});
  EXPECT_EQ(shard->table(kUser).Snapshot()->num_rows(), 0);
}

}  // namespace
}  // namespace shoal
