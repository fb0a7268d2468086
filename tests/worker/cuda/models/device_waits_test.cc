// How often training waits for the device.
#include <cstdint>
#include <memory>
#include <utility>

#include "common/data/batch_sampler.h"
#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/models/counting_memory.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/driver_group.h"

namespace shoal {
namespace {

// Of a whole training, `waits_a_batch` for each batch of training and validation and worker, and one for each
// checkpoint.
void ExpectWaits(const char* loss, int workers, int waits_a_batch) {
  SCOPED_TRACE(testing::Message() << loss << ", workers " << workers);
  ComputeDevice device = MakeHostDevice();
  auto counting = std::make_unique<CountingMemory>(std::move(device.memory));
  const CountingMemory& memory = *counting;
  device.memory = std::move(counting);
  SmallNetworkOptions network;
  network.loss = loss;
  SmallJobOptions options;
  options.workers = workers;
  options.parameter_servers = 1;
  const ResolvedJob job = SmallNetworkJob(network, options);
  const TrainingData data = SmallNetworkData(job);
  DriverGroup group(job, data, /*seed=*/3, ModelsOn(&device));
  const int before = memory.num_waits();
  ASSERT_TRUE(group.Run().ok());
  const TrainingConfig& training = job.job().training();
  const int64_t validation_batches =
      BatchSampler::InOrder(job.num_validation_examples(), training.validation_batch_size()).steps_per_epoch();
  const int64_t batches = static_cast<int64_t>(job.total_steps()) + training.epochs() * validation_batches;
  const auto checkpoints = static_cast<int64_t>(group.sink(0).dense.size());
  EXPECT_GT(checkpoints, 1);
  EXPECT_EQ(memory.num_waits() - before, waits_a_batch * workers * batches + checkpoints);
}

TEST(DeviceWaitsTest, AStepWaitsOnce) {
  for (const char* loss : {"loss { softmax_cross_entropy { top_k: 2 } }", "loss { triplet { mining: RANDOM_HARD } }",
                           "loss { contrastive {} }", "loss { sampled_softmax { num_sampled: 2 table: 'class' } }"}) {
    ExpectWaits(loss, /*workers=*/1, 1);
  }
  ExpectWaits("loss { softmax_cross_entropy {} }", /*workers=*/2, 1);
}

TEST(DeviceWaitsTest, OutputsThatAreGatheredAreWaitedForBesides) {
  ExpectWaits("loss { triplet { mining: ALL } }", /*workers=*/2, 2);
}

}  // namespace
}  // namespace shoal
