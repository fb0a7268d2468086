#include "launcher/commands/inspect.h"

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class InspectCommandTest : public ::testing::Test {
 protected:
  InspectCommandTest() {
    std::mt19937_64 random(1);
    tables_ = {RandomModelTable("users", 20, 3, true, 9, &random),
               RandomModelTable("a_much_longer_name", 2000, 1, false, 9, &random)};
    digest_ = *SaveCheckpoint(files_, "/run/checkpoints", 9, tables_, 2);
  }

  MemoryFileSystem files_;
  std::vector<ModelTable> tables_;
  std::string digest_;
};

TEST_F(InspectCommandTest, SaysWhatTheCheckpointHolds) {
  std::ostringstream out;
  const absl::Status status = RunInspect(files_, {"/run"}, out);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(out.str(), HasSubstr("checkpoint      /run/checkpoints/step-9\n"));
  EXPECT_THAT(out.str(), HasSubstr("step            9\n"));
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("weights_digest  ", digest_, "\n")));
  EXPECT_THAT(out.str(), HasSubstr("exp_avg, exp_avg_sq, pending_weight, last_step"));
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat(" ", tables_[1].rows.size(), " ")));
}

TEST_F(InspectCommandTest, ColumnsAreAligned) {
  std::ostringstream out;
  ASSERT_TRUE(RunInspect(files_, {"/run"}, out).ok());
  const std::string text = out.str();
  const std::vector<std::string> lines = absl::StrSplit(text.substr(text.find("\n\n") + 2), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 3u);
  const size_t digest_column = lines[0].find("digest");
  for (size_t i = 1; i < lines.size(); ++i) EXPECT_EQ(lines[i].size(), digest_column + 32) << lines[i];
}

TEST_F(InspectCommandTest, DenseParametersAreListedAndVerified) {
  std::mt19937_64 random(2);
  const auto digests = SaveDenseCheckpoint(
      files_, "/run/checkpoints", 10, tables_,
      {RandomParameter("tower.0.weight", {20, 3}, &random), RandomParameter("tower.0.bias", {20}, &random)}, 2);
  ASSERT_TRUE(digests.ok()) << digests.status();
  std::ostringstream out;
  ASSERT_TRUE(RunInspect(files_, {"/run"}, out).ok());
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("dense_digest    ", digests->dense, "\n")));
  EXPECT_THAT(out.str(), HasSubstr("\n\ndense parameter  shape    bytes  state\n"
                                   "tower.0.bias     [20]       164  exp_avg, sum\n"
                                   "tower.0.weight   [20, 3]    484  exp_avg, sum\n"));

  const std::string path = "/run/checkpoints/step-10/dense.safetensors";
  std::string bytes = *ReadFile(files_, path, 1 << 20);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(WriteFile(files_, path, bytes).ok());
  std::ostringstream damaged;
  EXPECT_THAT(std::string(RunInspect(files_, {"/run"}, damaged).message()), HasSubstr(path));
  EXPECT_EQ(damaged.str(), "");
}

TEST_F(InspectCommandTest, WithoutTablesNothingIsSaidOfThem) {
  std::mt19937_64 random(1);
  ASSERT_TRUE(
      SaveDenseCheckpoint(files_, "/dense", 9, {}, {RandomParameter("tower.0.weight", {2, 3}, &random)}, 0).ok());
  std::ostringstream out;
  ASSERT_TRUE(RunInspect(files_, {"/dense"}, out).ok());
  EXPECT_THAT(out.str(), AllOf(Not(HasSubstr("weights_digest")), HasSubstr("all verified\n\ndense parameter ")));
}

TEST_F(InspectCommandTest, ADamagedCheckpointIsNamedAndNotDescribed) {
  const std::string path = "/run/checkpoints/step-9/tables-00001-of-00002.safetensors";
  std::string bytes = *ReadFile(files_, path, 1 << 20);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(WriteFile(files_, path, bytes).ok());
  std::ostringstream out;
  const absl::Status status = RunInspect(files_, {"/run"}, out);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace shoal
