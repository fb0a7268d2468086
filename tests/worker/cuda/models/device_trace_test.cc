// What a profiler's timeline shows of a step.
#include "worker/cuda/kernels/device_trace.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/driver_group.h"

namespace shoal {
namespace {

// Writes the ranges down, as "forward(rows of the batch())".
class RecordedTrace : public DeviceTrace {
 public:
  explicit RecordedTrace(std::string* log) : log_(*log) {}
  void Begin(const char* name) override { absl::StrAppend(&log_, name, "("); }
  void End() override { absl::StrAppend(&log_, ")"); }

 private:
  std::string& log_;
};

TEST(DeviceTraceTest, AStepShowsItsPartsOnTheTimeline) {
  SmallJobOptions options;
  options.parameter_servers = 1;
  options.epochs = 1;
  options.num_train_examples = options.batch_size;
  options.num_validation_examples = 0;
  const auto trace = [](const ResolvedJob& job, const TrainingData& data) {
    std::string log;
    ComputeDevice device = MakeHostDevice();
    device.trace = std::make_unique<RecordedTrace>(&log);
    DriverGroup group(job, data, /*seed=*/3, ModelsOn(&device));
    EXPECT_TRUE(group.Run().ok());
    return log;
  };
  const ResolvedJob factorization = SmallJob(options);
  EXPECT_EQ(trace(factorization, SmallData(factorization)), "rows of the batch()forward()backward()");
  const ResolvedJob implicit = SmallImplicitJob("", options);
  EXPECT_EQ(trace(implicit, SmallData(implicit)), "rows of the batch()forward()backward()");
  const ResolvedJob network = SmallNetworkJob({}, options);
  EXPECT_EQ(trace(network, SmallNetworkData(network)), "forward(rows of the batch())loss()backward()dense optimizer()");
}

}  // namespace
}  // namespace shoal
