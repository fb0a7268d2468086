#include "launcher/summary_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/common/base/memory_file_system.h"
#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

constexpr char kPath[] = "/summary.json";

class SummaryWriterTest : public testing::Test {
 protected:
  void EndEpoch() {
    ++epoch_;
    summary_.AddEpoch({epoch_, uint64_t{epoch_} * 10, MakeSums(100, 50), MakeSums(20, 5), 2, 0.5});
    writer_.OnChange();
  }
  // Epochs in the file; -1: there is none.
  int Written() {
    if (!*files_.Exists(kPath)) return -1;
    return static_cast<int>(nlohmann::json::parse(*ReadFile(files_, kPath, 1 << 20))["epochs"].size());
  }
  static absl::Time At(double seconds) { return absl::FromUnixSeconds(1000) + absl::Seconds(seconds); }

  Summary summary_{MakeTestJob(1, 0)};
  MemoryFileSystem files_;
  SummaryWriter writer_{&summary_, &files_, kPath, absl::Seconds(1)};
  uint32_t epoch_ = 0;
};

TEST_F(SummaryWriterTest, NothingIsDueBeforeSomethingChanges) {
  EXPECT_EQ(writer_.due(), absl::InfiniteFuture());
  EXPECT_TRUE(writer_.WriteIfDue(At(0)).ok());
  EXPECT_EQ(Written(), -1);
  EXPECT_TRUE(writer_.Write(At(0)).ok());
  EXPECT_EQ(Written(), 0);
  EXPECT_EQ(writer_.due(), absl::InfiniteFuture());
}

TEST_F(SummaryWriterTest, ChangesAreWrittenTogetherAPeriodAfterTheLastTime) {
  ASSERT_TRUE(writer_.Write(At(0)).ok());
  EndEpoch();
  EXPECT_EQ(writer_.due(), At(1));
  EndEpoch();
  EXPECT_TRUE(writer_.WriteIfDue(At(0.999)).ok());
  EXPECT_EQ(Written(), 0);
  EXPECT_TRUE(writer_.WriteIfDue(At(1)).ok());
  EXPECT_EQ(Written(), 2);
  EXPECT_EQ(writer_.due(), absl::InfiniteFuture());
}

TEST_F(SummaryWriterTest, ChangesThatNeverPauseAreWrittenOnceAPeriod) {
  ASSERT_TRUE(writer_.Write(At(0)).ok());
  int times = 0;
  for (int millisecond = 100; millisecond <= 10000; millisecond += 100) {
    EndEpoch();
    const int before = Written();
    ASSERT_TRUE(writer_.WriteIfDue(At(millisecond / 1000.0)).ok());
    times += Written() > before;
  }
  EXPECT_EQ(times, 10);
  EXPECT_EQ(Written(), 100);
}

TEST_F(SummaryWriterTest, AChangeAfterAQuietPeriodIsDueAtOnce) {
  ASSERT_TRUE(writer_.Write(At(0)).ok());
  EndEpoch();
  EXPECT_TRUE(writer_.WriteIfDue(At(7)).ok());
  EXPECT_EQ(Written(), 1);
  EndEpoch();
  EXPECT_EQ(writer_.due(), At(8)) << "the period begins when it was written, not when that was due";
}

TEST_F(SummaryWriterTest, WhatIsWrittenForAnotherReasonHoldsTheChangesToo) {
  ASSERT_TRUE(writer_.Write(At(0)).ok());
  EndEpoch();
  ASSERT_TRUE(writer_.Write(At(0.5)).ok());
  EXPECT_EQ(Written(), 1);
  EXPECT_EQ(writer_.due(), absl::InfiniteFuture());
  EndEpoch();
  EXPECT_EQ(writer_.due(), At(1.5));
}

TEST_F(SummaryWriterTest, AFileThatCannotBeWrittenIsAnError) {
  EndEpoch();
  files_.FailAfter(0);
  EXPECT_TRUE(absl::IsUnavailable(writer_.WriteIfDue(At(0))));
}

}  // namespace
}  // namespace shoal
