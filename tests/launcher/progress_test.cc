#include "launcher/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "tests/launcher/test_job.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ProgressDisplayTest : public testing::Test {
 protected:
  ProgressDisplay::Options Options(bool is_terminal) {
    ProgressDisplay::Options options;
    options.is_terminal = is_terminal;
    options.now = [this] { return now_; };
    options.total_steps = 1000;
    options.epochs = 5;
    options.batch_size = 64;
    return options;
  }
  // What was written since the last call.
  std::string Written() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }
  static IntervalRecord Interval(uint64_t step) { return {step, 1, MakeSums(6400, 3200), 0.1, 0.5}; }

  std::ostringstream out_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(ProgressDisplayTest, TheBarShowsEpochStepLossRateAndTimeLeft) {
  ProgressDisplay display(&out_, Options(true));
  display.Update({100, 1, MakeSums(6400, 3200)});
  Written();
  now_ += absl::Seconds(1);
  display.Update({200, 1, MakeSums(12800, 3200)});
  const std::string bar = Written();
  EXPECT_THAT(bar, HasSubstr("\r\x1b[2Kepoch 1/5 [=="));
  EXPECT_THAT(bar, HasSubstr("200/1000  loss 0.25000  6.40k examples/s  ETA 0:08"));
  EXPECT_THAT(bar, Not(HasSubstr("\n")));
}

TEST_F(ProgressDisplayTest, TheBarFitsIntoTheTerminal) {
  for (const int width : {1, 10, 40, 60, 80, 200}) {
    ProgressDisplay::Options options = Options(true);
    options.width = width;
    ProgressDisplay display(&out_, options);
    display.Update({100, 1, MakeSums(6400, 3200)});
    now_ += absl::Seconds(1);
    Written();
    display.Update({200, 1, MakeSums(6400, 3200)});
    const std::string bar = Written();
    EXPECT_LT(bar.size() - std::string("\r\x1b[2K").size(), static_cast<size_t>(width));
  }
}

TEST_F(ProgressDisplayTest, TheBarIsRedrawnTenTimesASecondAtMost) {
  ProgressDisplay display(&out_, Options(true));
  display.Update({100, 1, {}});
  EXPECT_THAT(Written(), Not(IsEmpty()));
  now_ += absl::Milliseconds(99);
  display.Update({200, 1, {}});
  EXPECT_THAT(Written(), IsEmpty());
  now_ += absl::Milliseconds(1);
  display.Update({300, 1, {}});
  EXPECT_THAT(Written(), HasSubstr("300/1000"));
}

TEST_F(ProgressDisplayTest, TheRateIsThatOfTheLastSeconds) {
  ProgressDisplay display(&out_, Options(true));
  // Fast for a while, then one step a second.
  uint64_t step = 0;
  for (int second = 0; second < 40; ++second) {
    step += second < 20 ? 20 : 1;
    display.Update({step, 1, {}});
    now_ += absl::Seconds(1);
  }
  Written();
  display.Update({step + 1, 1, {}});
  EXPECT_THAT(Written(), HasSubstr("  64 examples/s"));
}

TEST_F(ProgressDisplayTest, ALineReplacesTheBar) {
  ProgressDisplay display(&out_, Options(true));
  display.Update({100, 1, {}});
  Written();
  display.ShowLine("stopping");
  EXPECT_EQ(Written(), "\r\x1b[2Kstopping\n");
  display.ShowLine("again");
  EXPECT_EQ(Written(), "again\n");
}

TEST_F(ProgressDisplayTest, ColourOnlyWhereItIsWanted) {
  ProgressDisplay::Options options = Options(true);
  ProgressDisplay plain(&out_, options);
  plain.Update({100, 1, {}});
  EXPECT_THAT(Written(), Not(HasSubstr("\x1b[32m")));
  options.color = true;
  ProgressDisplay colored(&out_, options);
  colored.Update({100, 1, {}});
  EXPECT_THAT(Written(), HasSubstr("\x1b[32m["));
}

TEST_F(ProgressDisplayTest, PlainLinesComeEveryTwoSecondsAtMost) {
  ProgressDisplay display(&out_, Options(false));
  display.Update({50, 1, {}});
  EXPECT_THAT(Written(), IsEmpty());
  display.ShowInterval(Interval(100));
  EXPECT_EQ(Written(), "epoch 1/5  step 100/1000  loss 0.50000  12.8k examples/s\n");
  now_ += absl::Milliseconds(1999);
  display.ShowInterval(Interval(200));
  EXPECT_THAT(Written(), IsEmpty());
  now_ += absl::Milliseconds(1);
  display.ShowInterval(Interval(300));
  EXPECT_THAT(Written(), HasSubstr("step 300/1000"));
}

TEST_F(ProgressDisplayTest, PlainOutputHasNoControlCharacters) {
  {
    ProgressDisplay display(&out_, Options(false));
    display.Update({50, 1, MakeSums(1, 1)});
    display.ShowInterval(Interval(100));
    display.ShowEpoch({1, 200, MakeSums(100, 50), MakeSums(10, 4), 2, 0.5});
  }
  const std::string text = Written();
  EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) { return c != '\n' && c < ' '; })) << text;
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST_F(ProgressDisplayTest, ALossThatIsNoNumberIsNan) {
  ProgressDisplay bar(&out_, Options(true));
  bar.Update({100, 1, MakeSums(6400, -kNan)});
  EXPECT_THAT(Written(), HasSubstr("loss nan"));
  ProgressDisplay display(&out_, Options(false));
  display.ShowInterval({100, 1, MakeSums(6400, -kNan), 0.1, 0.5});
  display.ShowEpoch({1, 200, MakeSums(100, -kNan), MakeSums(10, -kNan), 2, 0.5});
  EXPECT_THAT(Written(),
              AllOf(HasSubstr("  loss nan"), HasSubstr("validation loss nan  mse nan"), Not(HasSubstr("-nan"))));
}

TEST_F(ProgressDisplayTest, ADivergedRunIsWarnedOfOnce) {
  for (const bool is_terminal : {false, true}) {
    ProgressDisplay display(&out_, Options(is_terminal));
    display.ShowInterval(Interval(100));
    EXPECT_THAT(Written(), Not(HasSubstr("warning")));
    display.ShowInterval({200, 1, MakeSums(6400, kNan), 0.1, 0.5});
    EXPECT_THAT(Written(), HasSubstr("warning: the loss is not a number from step 200 on; a lower "
                                     "training.learning_rate, or gradient clipping, may help\n"));
    display.ShowInterval({300, 1, MakeSums(6400, kNan), 0.1, 0.5});
    display.ShowEpoch({1, 300, MakeSums(100, kNan), {}, 2, 0.5});
    EXPECT_THAT(Written(), Not(HasSubstr("warning")));
  }
}

TEST_F(ProgressDisplayTest, AnEpochWarnsWhereNoIntervalDid) {
  ProgressDisplay display(&out_, Options(false));
  display.ShowEpoch({1, 200, {}, MakeSums(10, 4), 2, 0.5});
  EXPECT_THAT(Written(), Not(HasSubstr("warning"))) << "no examples, no loss";
  display.ShowEpoch({2, 400, MakeSums(100, std::numeric_limits<double>::infinity()), {}, 2, 0.5});
  EXPECT_THAT(Written(), HasSubstr("warning: the loss is infinite from step 400 on"));
}

TEST_F(ProgressDisplayTest, EveryEpochHasALineWithItsValidation) {
  ProgressDisplay display(&out_, Options(false));
  display.ShowEpoch({2, 400, MakeSums(100, 50), MakeSums(10, 2), 2, 0.5});
  EXPECT_EQ(Written(),
            "epoch 2/5  train loss 0.50000  mse 1.00000  rmse 1.00000  mae 1.50000"
            "  validation loss 0.20000  mse 0.40000  rmse 0.63246  mae 0.60000  2.50 s\n");
  display.ShowEpoch({3, 600, MakeSums(100, 50), {}, 2, 0});
  EXPECT_THAT(Written(), Not(HasSubstr("validation")));
}

}  // namespace
}  // namespace shoal
