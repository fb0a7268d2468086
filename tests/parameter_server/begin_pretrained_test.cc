#include "parameter_server/begin_pretrained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/common/data/test_files.h"
#include "tests/support/server_requests.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Table user has 13 rows of 5 floats in 4 partitions. The file has a vector for the first ten: its row's number.
class BeginPretrainedTest : public testing::Test {
 protected:
  BeginPretrainedTest() {
    std::string text;
    for (int i = 0; i < 10; ++i) absl::StrAppend(&text, "w", i, " ", i, " ", i, " ", i, " ", i, " ", i, "\n");
    path_ = files_.Write("vectors.txt", text);
  }

  ResolvedJob Job(int servers) const {
    SmallJobOptions options;
    options.parameter_servers = servers;
    ResolvedJob job = SmallJob(options);
    PretrainedConfig* pretrained = job.mutable_job()->mutable_tables(0)->mutable_pretrained();
    pretrained->set_path(path_);
    pretrained->set_missing(PretrainedConfig::INITIALIZE);
    return job;
  }
  static std::unique_ptr<Shard> Begun(const ResolvedJob& job, int server = 0) {
    auto shard = MakeTestShard(job, server);
    EXPECT_EQ(BeginPretrained(job, *shard), absl::OkStatus());
    return shard;
  }
  static std::vector<float> Row(const Shard& shard, uint64_t id) {
    std::vector<float> row(5);
    shard.tables()[0]->PullReadOnly({id}, 5, 0, reinterpret_cast<uint8_t*>(row.data()));
    return row;
  }

  TestFiles files_;
  std::string path_;
};

TEST_F(BeginPretrainedTest, RowsBeginWithTheirVectorsAndTheRestAsTheInitializerSays) {
  const auto shard = Begun(Job(0));
  EXPECT_THAT(shard->tables()[0]->Snapshot()->ids(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  for (const uint64_t id : {0, 3, 9}) EXPECT_THAT(Row(*shard, id), Each(static_cast<float>(id)));
  EXPECT_EQ(Row(*shard, 12), Row(*MakeTestShard(SmallJob()), 12));
  EXPECT_EQ(shard->tables()[1]->Snapshot()->num_rows(), 0);
}

TEST_F(BeginPretrainedTest, EveryServerHasTheRowsThatItOwnsAndTogetherTheyAreTheSame) {
  const auto whole = Begun(Job(0));
  const auto first = Begun(Job(2), 0);
  const auto second = Begun(Job(2), 1);
  EXPECT_THAT(first->tables()[0]->Snapshot()->ids(), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(second->tables()[0]->Snapshot()->ids(), ElementsAre(1, 3, 5, 7, 9));
  EXPECT_EQ(DigestOf({first.get(), second.get()}), DigestOf({whole.get()}));
}

TEST_F(BeginPretrainedTest, AFileThatIsGoneIsNamed) {
  ResolvedJob job = Job(0);
  job.mutable_job()->mutable_tables(0)->mutable_pretrained()->set_path(files_.Path("gone.txt"));
  const auto shard = MakeTestShard(job);
  EXPECT_THAT(std::string(BeginPretrained(job, *shard).message()), HasSubstr(files_.Path("gone.txt")));
}

}  // namespace
}  // namespace shoal
