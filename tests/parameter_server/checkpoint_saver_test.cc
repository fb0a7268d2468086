#include "parameter_server/checkpoint_saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/checkpoint/checkpoint_directory.h"
#include "parameter_server/shard.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/support/scripted_coordinator_link.h"
#include "tests/support/server_requests.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kBias = 2;

class CheckpointSaverTest : public testing::Test {
 protected:
  void Make(int servers, Role role, uint32_t index) {
    SmallJobOptions options;
    options.parameter_servers = servers;
    RegisterReply assignment;
    *assignment.mutable_job() = PlainSgdJob(options);
    assignment.set_checkpoint_directory("/run/checkpoints");
    shard_ = MakeTestShard(assignment.job(), static_cast<int>(index));
    saver_ = std::make_unique<CheckpointSaver>(files_, assignment, role, index, &link_);
    // Ids of partition `index`, which server `index` owns.
    for (uint64_t step = 1; step <= 2; ++step) {
      ASSERT_TRUE(shard_->Push(MakePush(0, step, kBias, 1, {index, index + 4}, {1, 2})).ok());
    }
  }

  MemoryFileSystem files_;
  ScriptedCoordinatorLink link_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<CheckpointSaver> saver_;
};

TEST_F(CheckpointSaverTest, WritesTheShardsPartAsideAndTellsTheCoordinator) {
  Make(/*servers=*/2, PARAMETER_SERVER, /*index=*/1);
  ASSERT_EQ(saver_->Save(*shard_), absl::OkStatus());
  EXPECT_TRUE(*files_.Exists("/run/checkpoints/step-2.tmp/tables-00001-of-00002.safetensors"));
  EXPECT_FALSE(*files_.Exists("/run/checkpoints/step-2")) << "publishing is the coordinator's";
  ASSERT_EQ(link_.checkpoints().size(), 1u);
  const CheckpointReport& report = link_.checkpoints()[0];
  EXPECT_EQ(report.role(), PARAMETER_SERVER);
  EXPECT_EQ(report.index(), 1u);
  EXPECT_EQ(report.step(), 2u);
  EXPECT_EQ(report.error(), "");
  ASSERT_EQ(report.files_size(), 1);
  EXPECT_EQ(report.files(0).name(), "tables-00001-of-00002.safetensors");
  ASSERT_EQ(report.files(0).digests_size(), 5);
  EXPECT_EQ(report.files(0).digests(kBias).rows(), 2u);
  const TableDigestEntry expected = DigestParts(*shard_)[kBias];
  EXPECT_EQ(report.files(0).digests(kBias).hash_low(), absl::Uint128Low64(expected.sum));
  EXPECT_EQ(report.files(0).digests(kBias).hash_high(), absl::Uint128High64(expected.sum));
}

TEST_F(CheckpointSaverTest, AnEmbeddedWorkerIsTheOnlyHolder) {
  Make(/*servers=*/0, WORKER, /*index=*/0);
  ASSERT_EQ(saver_->Save(*shard_), absl::OkStatus());
  EXPECT_TRUE(*files_.Exists("/run/checkpoints/step-2.tmp/tables-00000-of-00001.safetensors"));
  EXPECT_EQ(link_.checkpoints().at(0).role(), WORKER);
}

TEST_F(CheckpointSaverTest, AFullDiskIsReportedToTheCoordinatorAndReturned) {
  Make(1, PARAMETER_SERVER, 0);
  files_.SetCapacity(100);
  const absl::Status status = saver_->Save(*shard_);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ASSERT_EQ(link_.checkpoints().size(), 1u);
  EXPECT_EQ(link_.checkpoints()[0].files_size(), 0);
  EXPECT_EQ(link_.checkpoints()[0].error(), status.message());
  EXPECT_THAT(link_.checkpoints()[0].error(), HasSubstr("tables-00000-of-00001.safetensors"));
}

TEST_F(CheckpointSaverTest, AnyOperationThatFailsIsReported) {
  Make(1, PARAMETER_SERVER, 0);
  ASSERT_EQ(saver_->Save(*shard_), absl::OkStatus());
  const int64_t operations = files_.operations();
  for (int64_t succeeding = 0; succeeding < operations; ++succeeding) {
    files_ = MemoryFileSystem();
    files_.FailAfter(succeeding);
    EXPECT_FALSE(saver_->Save(*shard_).ok()) << succeeding;
    EXPECT_NE(link_.checkpoints().back().error(), "") << succeeding;
  }
}

TEST_F(CheckpointSaverTest, ACoordinatorThatCannotBeReachedIsAnError) {
  Make(1, PARAMETER_SERVER, 0);
  link_.FailWith(absl::UnavailableError("no coordinator"));
  EXPECT_EQ(saver_->Save(*shard_), absl::UnavailableError("no coordinator"));
}

TEST_F(CheckpointSaverTest, TheDisksErrorIsNotHiddenByTheCoordinators) {
  Make(1, PARAMETER_SERVER, 0);
  files_.SetCapacity(100);
  link_.FailWith(absl::UnavailableError("no coordinator"));
  EXPECT_TRUE(absl::IsResourceExhausted(saver_->Save(*shard_)));
}

}  // namespace
}  // namespace shoal
