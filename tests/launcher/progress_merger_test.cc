// How reports become records is tested with the coordinator; here is what becomes of those of workers that are lost.
#include "launcher/progress_merger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/launcher/coordinator_messages.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProgressMergerTest : public testing::Test {
 protected:
  void AddInterval(int rank, uint64_t step, double loss) {
    ProgressReport report = MakeProgress(rank, step, (step - 1) / 10 + 1);
    shoal::AddInterval(&report, step, loss);
    merger_.Add(report, &events_);
  }
  std::vector<IntervalRecord> TakeIntervals() { return Only<IntervalRecord>(std::exchange(events_, {})); }
  static std::vector<uint64_t> StepsOf(const std::vector<IntervalRecord>& records) {
    std::vector<uint64_t> steps;
    for (const IntervalRecord& record : records) steps.push_back(record.step);
    return steps;
  }

  ProgressMerger merger_{/*num_workers=*/3, /*first_step=*/0, /*steps_per_epoch=*/10};
  std::vector<CoordinatorEvent> events_;
};

TEST_F(ProgressMergerTest, IntervalsThatLostWorkersOweAreClosedWithWhatIsThere) {
  AddInterval(1, 5, 2);
  AddInterval(2, 5, 3);
  ASSERT_THAT(events_, IsEmpty());
  merger_.CloseUpTo(5, &events_);
  const std::vector<IntervalRecord> records = TakeIntervals();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].step, 5u) << "worker 0 has said nothing of it";
  EXPECT_EQ(records[0].epoch, 1u);
  EXPECT_EQ(records[0].learning_rate, 0.5);
  EXPECT_EQ(records[0].seconds, 1);
  EXPECT_EQ(records[0].train.examples(), 8u);
  EXPECT_EQ(records[0].train.loss(), 5);
}

TEST_F(ProgressMergerTest, IntervalsAreClosedInTheirOrderAndLaterOnesStayOpen) {
  AddInterval(0, 12, 1);
  AddInterval(0, 6, 1);
  AddInterval(0, 3, 1);
  AddInterval(1, 9, 1);
  merger_.CloseUpTo(9, &events_);
  EXPECT_THAT(StepsOf(TakeIntervals()), ElementsAre(3, 6, 9));
  AddInterval(1, 12, 1);
  EXPECT_THAT(TakeIntervals(), IsEmpty());
  AddInterval(2, 12, 1);
  EXPECT_THAT(StepsOf(TakeIntervals()), ElementsAre(12));
}

TEST_F(ProgressMergerTest, AnIntervalThatIsClosedIsRecordedOnce) {
  AddInterval(0, 5, 1);
  merger_.CloseUpTo(5, &events_);
  TakeIntervals();
  for (const int rank : {0, 1, 2}) AddInterval(rank, 5, 9);
  merger_.CloseUpTo(5, &events_);
  EXPECT_THAT(TakeIntervals(), IsEmpty());
}

TEST_F(ProgressMergerTest, NothingIsClosedWhereNothingIsOpen) {
  for (const int rank : {0, 1, 2}) AddInterval(rank, 5, 1);
  TakeIntervals();
  merger_.CloseUpTo(30, &events_);
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(ProgressMergerTest, AnEpochIsThereOnceAllWorkersHaveReportedIt) {
  EXPECT_FALSE(merger_.HasEpoch(1));
  for (const int rank : {2, 0, 0}) {
    merger_.Add(MakeEpochEnd(rank, 1, 1), &events_);
    EXPECT_FALSE(merger_.HasEpoch(1));
  }
  merger_.CloseUpTo(10, &events_);
  EXPECT_FALSE(merger_.HasEpoch(1)) << "validation covers all examples: the lost worker's share comes again";
  merger_.Add(MakeEpochEnd(1, 1, 1), &events_);
  EXPECT_TRUE(merger_.HasEpoch(1));
  EXPECT_FALSE(merger_.HasEpoch(2));
}

}  // namespace
}  // namespace shoal
