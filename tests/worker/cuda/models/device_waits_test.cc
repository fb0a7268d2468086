// How often a step waits for the device.
#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/models/counting_memory.h"
#include "tests/worker/network_problem.h"
#include "worker/cuda/models/create_device_model.h"

namespace shoal {
namespace {

struct Waits {
  int training;
  int validation;
};

Waits CountWaits(const char* loss, int workers) {
  ComputeDevice device = MakeHostDevice();
  auto counting = std::make_unique<CountingMemory>(std::move(device.memory));
  const CountingMemory& memory = *counting;
  device.memory = std::move(counting);
  SmallNetworkOptions network;
  network.loss = loss;
  NetworkProblem problem(network);
  problem.create_model = [&](const ResolvedJob& job, const Schedule& schedule, const TrainingData* data) {
    return CreateDeviceModel(&device, job, schedule, data);
  };
  problem.Train(workers);
  const int training = memory.num_waits();
  problem.Validate(workers);
  return {training / workers, (memory.num_waits() - training) / workers};
}

TEST(DeviceWaitsTest, AStepWaitsOnce) {
  for (const char* loss : {"loss { softmax_cross_entropy { top_k: 2 } }", "loss { triplet { mining: RANDOM_HARD } }",
                           "loss { contrastive {} }", "loss { sampled_softmax { num_sampled: 2 table: 'class' } }"}) {
    SCOPED_TRACE(loss);
    const Waits waits = CountWaits(loss, 1);
    EXPECT_EQ(waits.training, 1);
    EXPECT_EQ(waits.validation, 1);
  }
}

TEST(DeviceWaitsTest, OnlyOutputsThatAreGatheredAreWaitedForBesides) {
  EXPECT_EQ(CountWaits("loss { softmax_cross_entropy {} }", 2).training, 1);
  EXPECT_EQ(CountWaits("loss { triplet { mining: ALL } }", 2).training, 2);
}

}  // namespace
}  // namespace shoal
