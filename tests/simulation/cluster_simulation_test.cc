// Promises 1 to 4 of a job of 2 servers and 3 workers under a network that delays, reorders, duplicates and breaks.
// SHOAL_SIMULATION_SEEDS sets the number of seeds (default 1000), SHOAL_SIMULATION_FIRST_SEED the first.
#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulation/simulated_cluster.h"
#include "tests/simulation/simulation_seeds.h"
#include "tests/support/sequential_reference.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"
#include "worker/metric_sums.h"

namespace shoal {
namespace {

// A job, its data and what it must come to.
struct Case {
  explicit Case(const SmallJobOptions& options) : Case(SmallJob(options)) {}
  explicit Case(const ResolvedJob& resolved) : job(resolved) {
    job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(4);
    data = SmallData(job);
    std::vector<uint64_t> all_steps;
    for (int64_t step = 1; step <= job.total_steps(); ++step) all_steps.push_back(static_cast<uint64_t>(step));
    reference = TrainSequentially(job, data, all_steps);
  }

  ResolvedJob job;
  TrainingData data;
  ReferenceResult reference;
};

SmallJobOptions WithOptimizer(const std::string& optimizer, RowSemantics semantics) {
  SmallJobOptions options;
  options.workers = 3;
  options.parameter_servers = 2;
  options.optimizer = optimizer;
  options.row_semantics = semantics;
  return options;
}

// The rules of torch.nn.Embedding: padding, limited norms, gradients divided by reads, and a frozen table.
ResolvedJob WithRules() {
  ResolvedJob job = SmallJob(WithOptimizer("sgd { momentum: 0.9 weight_decay: 0.01 }", DENSE_EQUIVALENT));
  TableConfig* user = job.mutable_job()->mutable_tables(0);
  user->set_padding_idx(3);
  user->set_max_norm(0.2F);
  user->set_scale_grad_by_freq(true);
  TableConfig* item = job.mutable_job()->mutable_tables(1);
  item->set_max_norm(0.1F);
  item->set_norm_type(std::numeric_limits<float>::infinity());
  TableConfig* item_bias = job.mutable_job()->mutable_tables(3);
  item_bias->set_freeze(true);
  item_bias->mutable_optimizer()->mutable_sgd()->Clear();
  item_bias->set_row_semantics(LAZY);
  return job;
}

ResolvedJob OverSixteenBits() {
  ResolvedJob job = SmallJob(WithOptimizer("adagrad {}", LAZY));
  job.mutable_job()->mutable_cluster()->set_wire_dtype(BFLOAT16);
  return job;
}

const std::vector<Case>& Cases() {
  static const auto* const cases = new std::vector<Case>{
      Case(WithOptimizer("adam { weight_decay: 0.01 decoupled_weight_decay: true }", DENSE_EQUIVALENT)),
      Case(WithOptimizer("sgd { momentum: 0.9 weight_decay: 0.01 }", DENSE_EQUIVALENT)),
      Case(WithOptimizer("adam {}", LAZY)),
      Case(WithOptimizer("rowwise_adagrad {}", LAZY)),
      Case(WithRules()),
      Case(OverSixteenBits()),
  };
  return *cases;
}

std::string CheckpointDigest(const CheckpointComplete& checkpoint) {
  std::map<std::string, TableDigestEntry> tables;
  for (const CheckpointFile& file : checkpoint.files) {
    for (const TableDigestPart& part : file.digests()) {
      TableDigestEntry& entry = tables[part.table()];
      entry.table = part.table();
      entry.rows += part.rows();
      entry.sum += absl::MakeUint128(part.hash_high(), part.hash_low());
    }
  }
  std::vector<TableDigestEntry> entries;
  for (const auto& [name, entry] : tables) entries.push_back(entry);
  return WeightsDigest(std::move(entries));
}

void ExpectSameSums(const MetricSums& actual, const MetricSums& expected) {
  EXPECT_EQ(actual.examples(), expected.examples());
  EXPECT_NEAR(actual.loss(), expected.loss(), 1e-9 * expected.loss());
  ASSERT_EQ(actual.metrics_size(), expected.metrics_size());
  for (const MetricSum& metric : expected.metrics()) {
    ASSERT_EQ(metric.sums_size(), 1) << metric.key();
    EXPECT_NEAR(FindMetric(actual, metric.key()).at(0), metric.sums(0), 1e-9 * metric.sums(0)) << metric.key();
  }
}

// Checkpoints, in any number, hold what the reference holds after their step; epochs report its sums.
void ExpectAsReference(const SimulatedCluster& cluster, const Case& simulated) {
  for (const CoordinatorEvent& event : cluster.events()) {
    if (const auto* checkpoint = std::get_if<CheckpointComplete>(&event)) {
      ASSERT_EQ(CheckpointDigest(*checkpoint), simulated.reference.digests.at(checkpoint->step))
          << "checkpoint of step " << checkpoint->step;
    } else if (const auto* epoch = std::get_if<EpochRecord>(&event)) {
      ExpectSameSums(epoch->train, simulated.reference.train.at(epoch->epoch));
      ExpectSameSums(epoch->validation, simulated.reference.validation.at(epoch->epoch));
    } else {
      EXPECT_FALSE(std::holds_alternative<CheckpointFailed>(event));
    }
  }
}

template <typename Event>
std::vector<Event> EventsOf(const SimulatedCluster& cluster) {
  std::vector<Event> events;
  for (const CoordinatorEvent& event : cluster.events()) {
    if (const auto* wanted = std::get_if<Event>(&event)) events.push_back(*wanted);
  }
  return events;
}

uint64_t StepOf(const CoordinatorEvent& event) {
  return std::visit([](const auto& kind) { return kind.step; }, event);
}

// Reports overtake each other: the last checkpoint to be complete need not be that of the last step.
uint64_t LastCheckpoint(const SimulatedCluster& cluster) {
  uint64_t last = 0;
  for (const CheckpointComplete& checkpoint : EventsOf<CheckpointComplete>(cluster)) {
    last = std::max(last, checkpoint.step);
  }
  return last;
}

TEST(ClusterSimulation, EverySeedGivesTheWeightsOfTheSequentialReference) {
  const SimulationSeeds seeds = SeedsFromEnvironment(/*default_count=*/1000);
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    SCOPED_TRACE(absl::StrCat("SHOAL_SIMULATION_FIRST_SEED=", seed, " SHOAL_SIMULATION_SEEDS=1 runs this alone"));
    const Case& simulated = Cases()[seed % Cases().size()];
    SimulatedCluster cluster(simulated.job, simulated.data, seed);
    ASSERT_EQ(cluster.Run(), absl::OkStatus());
    const auto total_steps = static_cast<uint64_t>(simulated.job.total_steps());
    ASSERT_EQ(DigestOf(cluster.shards()), simulated.reference.digests.at(total_steps));
    ExpectAsReference(cluster, simulated);
    ASSERT_EQ(EventsOf<EpochRecord>(cluster).size(), 3u);
    ASSERT_EQ(LastCheckpoint(cluster), total_steps);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

TEST(ClusterSimulation, AStopRequestEndsAllWorkersAtOneStepWithACheckpoint) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const Case& simulated = Cases()[seed % Cases().size()];
    SimulatedCluster cluster(simulated.job, simulated.data, seed);
    // Progress reaches the coordinator with the first epoch's end, long before the last step.
    cluster.StopAtStep(1);
    ASSERT_EQ(cluster.Run(), absl::OkStatus());
    EXPECT_GT(LastCheckpoint(cluster), 0u);
    EXPECT_LT(LastCheckpoint(cluster), static_cast<uint64_t>(simulated.job.total_steps()));
    EXPECT_THAT(cluster.worker_steps(), testing::Each(LastCheckpoint(cluster)));
    // The checkpoint counts, not the memory behind it: the pull that told the workers to stop has created rows.
    ExpectAsReference(cluster, simulated);
  }
}

TEST(ClusterSimulation, TheSameSeedGivesTheSameEvents) {
  const Case& simulated = Cases()[0];
  SimulatedCluster first(simulated.job, simulated.data, 5);
  SimulatedCluster second(simulated.job, simulated.data, 5);
  ASSERT_EQ(first.Run(), absl::OkStatus());
  ASSERT_EQ(second.Run(), absl::OkStatus());
  ASSERT_EQ(first.events().size(), second.events().size());
  EXPECT_EQ(first.end(), second.end()) << "the virtual time at which nothing moved any more";
  for (size_t i = 0; i < first.events().size(); ++i) {
    ASSERT_EQ(first.events()[i].index(), second.events()[i].index()) << "kind of event " << i;
    EXPECT_EQ(StepOf(first.events()[i]), StepOf(second.events()[i])) << "step of event " << i;
  }
}

// What makes the tests above able to fail: without faults, and with other data, things are as they should be.
TEST(ClusterSimulation, OtherDataGiveOtherWeights) {
  const Case& simulated = Cases()[0];
  TrainingData other = simulated.data;
  other.train.number_columns[0].values[0] += 1;
  SimulatedCluster cluster(simulated.job, other, 1, NetworkFaults{0, 0, 0});
  ASSERT_EQ(cluster.Run(), absl::OkStatus());
  EXPECT_NE(DigestOf(cluster.shards()),
            simulated.reference.digests.at(static_cast<uint64_t>(simulated.job.total_steps())));
}

}  // namespace
}  // namespace shoal
