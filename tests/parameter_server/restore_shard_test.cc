#include "parameter_server/restore_shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "parameter_server/checkpoint_saver.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/data/test_files.h"
#include "tests/support/scripted_coordinator_link.h"
#include "tests/support/server_requests.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

constexpr char kCheckpoints[] = "/checkpoints";
constexpr uint64_t kSavedStep = 4;

// `servers` 0: embedded. Rows that idle move, so that last_step and pending weights count.
RegisterReply AssignmentFor(int servers) {
  SmallJobOptions options;
  options.parameter_servers = servers;
  RegisterReply assignment;
  *assignment.mutable_job() = SmallJob(options);
  assignment.set_job_id(kTestIdentity.job_id);
  assignment.set_incarnation(kTestIdentity.incarnation);
  assignment.set_checkpoint_directory(kCheckpoints);
  for (uint32_t owner : DealPartitions(assignment.job())) assignment.add_partition_owner(owner);
  return assignment;
}

RegisterReply ResumingAssignmentFor(int servers) {
  RegisterReply assignment = AssignmentFor(servers);
  assignment.set_resume_from(CheckpointPath(kCheckpoints, kSavedStep));
  assignment.set_resume_step(kSavedStep);
  return assignment;
}

// All shards of a job, trained on gradients that depend on the step alone.
class Fleet {
 public:
  Fleet(FileSystem& files, RegisterReply assignment) : assignment_(std::move(assignment)) {
    const int servers = assignment_.job().job().cluster().parameter_servers();
    const Role role = servers == 0 ? WORKER : PARAMETER_SERVER;
    for (int s = 0; s < std::max(servers, 1); ++s) {
      auto shard = RestoreShard(files, assignment_, role, static_cast<uint32_t>(s));
      EXPECT_TRUE(shard.ok()) << shard.status();
      shards_.push_back(*std::move(shard));
    }
  }

  void Train(uint64_t step) {
    std::mt19937 random(static_cast<uint32_t>(step));
    std::vector<std::vector<uint64_t>> ids(shards_.size());
    std::vector<std::vector<float>> values(shards_.size());
    for (uint64_t id = 0; id < 13; ++id) {
      const float value = static_cast<float>(random() % 1000) / 1000;
      if (random() % 3 > 0) continue;
      const size_t server = id % 4 % shards_.size();
      ids[server].push_back(id);
      values[server].push_back(value);
    }
    for (size_t s = 0; s < shards_.size(); ++s) {
      EXPECT_EQ(*shards_[s]->Push(MakePush(0, step, /*table=*/0, /*dim=*/5, ids[s], values[s])),
                Shard::PushResult::kApplied);
    }
  }

  std::string Digest() const {
    std::vector<const Shard*> shards;
    for (const auto& shard : shards_) shards.push_back(shard.get());
    return DigestOf(shards);
  }

  // The digest in the published manifest.
  absl::StatusOr<std::string> Save(FileSystem& files) const {
    std::vector<CheckpointFile> table_files;
    for (size_t s = 0; s < shards_.size(); ++s) {
      ScriptedCoordinatorLink link;
      CheckpointSaver saver(files, assignment_, PARAMETER_SERVER, static_cast<uint32_t>(s), &link);
      const absl::Status saved = saver.Save(*shards_[s]);
      if (!saved.ok()) return saved;
      table_files.push_back(link.checkpoints()[0].files(0));
    }
    const auto digests =
        PublishCheckpoint(files, kCheckpoints, shards_[0]->applied_step(), assignment_.job(), table_files, "");
    if (!digests.ok()) return digests.status();
    return digests->weights;
  }

  const Shard& shard(int server) const { return *shards_[server]; }

 private:
  const RegisterReply assignment_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

class RestoreShardTest : public testing::Test {
 protected:
  // Trains two servers up to kSavedStep and publishes.
  void SaveAtTwoServers() {
    saved_ = std::make_unique<Fleet>(files_, AssignmentFor(2));
    for (uint64_t step = 1; step <= kSavedStep; ++step) saved_->Train(step);
    const absl::StatusOr<std::string> digest = saved_->Save(files_);
    ASSERT_TRUE(digest.ok()) << digest.status();
    EXPECT_EQ(*digest, saved_->Digest());
  }
  absl::Status RestoreOf(const RegisterReply& assignment) {
    return RestoreShard(files_, assignment, PARAMETER_SERVER, 0).status();
  }

  MemoryFileSystem files_;
  std::unique_ptr<Fleet> saved_;
};

TEST_F(RestoreShardTest, AFreshShardOwnsWhatTheMapSays) {
  const Fleet fleet(files_, AssignmentFor(2));
  EXPECT_EQ(fleet.shard(0).applied_step(), 0u);
  EXPECT_EQ(fleet.shard(0).tables()[0]->CheckIds({0, 2, 4}), absl::OkStatus());
  EXPECT_FALSE(fleet.shard(0).tables()[0]->CheckIds({1}).ok());
  EXPECT_EQ(fleet.shard(1).tables()[0]->CheckIds({1, 3, 5}), absl::OkStatus());
}

TEST_F(RestoreShardTest, AnEmbeddedWorkerOwnsEverythingWithoutAMap) {
  RegisterReply assignment = AssignmentFor(0);
  assignment.clear_partition_owner();
  const Fleet fleet(files_, assignment);
  EXPECT_EQ(fleet.shard(0).tables()[0]->CheckIds({0, 1, 2, 3, 12}), absl::OkStatus());
}

TEST_F(RestoreShardTest, ACheckpointOfTwoServersGoesOnIdenticallyAtAnyNumber) {
  SaveAtTwoServers();
  const std::string digest_at_save = saved_->Digest();
  for (uint64_t step = kSavedStep + 1; step <= 12; ++step) saved_->Train(step);
  for (int servers : {0, 1, 2, 3, 4}) {
    SCOPED_TRACE(absl::StrCat(servers, " servers"));
    Fleet resumed(files_, ResumingAssignmentFor(servers));
    EXPECT_EQ(resumed.shard(0).applied_step(), kSavedStep);
    EXPECT_EQ(resumed.Digest(), digest_at_save);
    for (uint64_t step = kSavedStep + 1; step <= 12; ++step) resumed.Train(step);
    EXPECT_EQ(resumed.Digest(), saved_->Digest());
  }
}

TEST_F(RestoreShardTest, SavingDoesNotChangeWhatFollows) {
  SaveAtTwoServers();
  Fleet undisturbed(files_, AssignmentFor(2));
  for (uint64_t step = 1; step <= 12; ++step) undisturbed.Train(step);
  for (uint64_t step = kSavedStep + 1; step <= 12; ++step) saved_->Train(step);
  EXPECT_EQ(saved_->Digest(), undisturbed.Digest());
}

TEST_F(RestoreShardTest, AMapThatIsTooShortIsAnError) {
  RegisterReply assignment = AssignmentFor(2);
  assignment.mutable_partition_owner()->RemoveLast();
  EXPECT_EQ(RestoreOf(assignment), absl::InternalError("the coordinator's map has 3 partitions, the job needs 4"));
}

TEST_F(RestoreShardTest, ACheckpointThatIsNotThereIsAnErrorThatNamesIt) {
  const absl::Status status = RestoreOf(ResumingAssignmentFor(1));
  EXPECT_THAT(std::string(status.message()), HasSubstr("/checkpoints/step-4"));
}

TEST_F(RestoreShardTest, ACheckpointOfAnotherStepIsRefused) {
  SaveAtTwoServers();
  RegisterReply assignment = ResumingAssignmentFor(1);
  assignment.set_resume_step(3);
  EXPECT_EQ(RestoreOf(assignment), absl::DataLossError("checkpoint /checkpoints/step-4 is of step 4, not of step 3"));
}

TEST_F(RestoreShardTest, ADamagedRowIsDataLoss) {
  SaveAtTwoServers();
  const std::string path = absl::StrCat(CheckpointPath(kCheckpoints, kSavedStep), "/", TableGroupFileName(1, 2));
  std::string bytes = *ReadFile(files_, path, 1 << 20);
  bytes[bytes.size() - 3] ^= 1;
  ASSERT_EQ(WriteFile(files_, path, bytes), absl::OkStatus());
  EXPECT_TRUE(absl::IsDataLoss(RestoreOf(ResumingAssignmentFor(1))));
}

TEST_F(RestoreShardTest, ACheckpointOfAnotherOptimizerIsRefused) {
  SaveAtTwoServers();
  RegisterReply assignment = ResumingAssignmentFor(1);
  TableConfig* table = assignment.mutable_job()->mutable_job()->mutable_tables(0);
  table->mutable_optimizer()->mutable_sgd();
  table->set_row_semantics(LAZY);
  EXPECT_TRUE(absl::IsInvalidArgument(RestoreOf(assignment))) << RestoreOf(assignment);
}

TEST_F(RestoreShardTest, PretrainedRowsAreInTheCheckpointAndTheirFileIsNotReadAgain) {
  const TestFiles vectors;
  const auto with_vectors = [&](RegisterReply assignment) {
    PretrainedConfig* pretrained = assignment.mutable_job()->mutable_job()->mutable_tables(0)->mutable_pretrained();
    pretrained->set_path(vectors.Path("vectors.txt"));
    pretrained->set_missing(PretrainedConfig::INITIALIZE);
    return assignment;
  };
  vectors.Write("vectors.txt", "a 1 1 1 1 1\nb 2 2 2 2 2\n");
  saved_ = std::make_unique<Fleet>(files_, with_vectors(AssignmentFor(2)));
  EXPECT_EQ(saved_->shard(0).tables()[0]->Snapshot()->num_rows(), 1);
  for (uint64_t step = 1; step <= kSavedStep; ++step) saved_->Train(step);
  ASSERT_TRUE(saved_->Save(files_).ok());
  ASSERT_TRUE(std::filesystem::remove(vectors.Path("vectors.txt")));
  for (const int servers : {0, 3}) {
    EXPECT_EQ(Fleet(files_, with_vectors(ResumingAssignmentFor(servers))).Digest(), saved_->Digest()) << servers;
  }
  EXPECT_THAT(std::string(RestoreOf(with_vectors(AssignmentFor(2))).message()), HasSubstr(vectors.Path("vectors.txt")));
}

}  // namespace
}  // namespace shoal
