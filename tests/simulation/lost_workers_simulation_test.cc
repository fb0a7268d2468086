// Promise 4 of workers: whoever is killed at whatever moment, and however often, the weights are those of an
// undisturbed run, bit for bit; under a network that delays, reorders, duplicates and breaks, too.
// SHOAL_SIMULATION_SEEDS sets the number of seeds (default 2000), SHOAL_SIMULATION_FIRST_SEED the first.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/simulation/simulated_cluster.h"
#include "tests/simulation/simulation_seeds.h"
#include "tests/support/shard_digest.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

constexpr NetworkFaults kNoFaults = {0, 0, 0};

// What checkpoints hold, by step: the hashes and floats that their parts report.
std::map<uint64_t, std::string> Checkpoints(const SimulatedCluster& cluster) {
  std::map<uint64_t, std::string> checkpoints;
  for (const CoordinatorEvent& event : cluster.events()) {
    const auto* const checkpoint = std::get_if<CheckpointComplete>(&event);
    if (checkpoint == nullptr) continue;
    std::string& text = checkpoints[checkpoint->step];
    for (const CheckpointFile& file : checkpoint->files) absl::StrAppend(&text, file.ShortDebugString(), "\n");
  }
  return checkpoints;
}

std::vector<uint32_t> Epochs(const SimulatedCluster& cluster) {
  std::vector<uint32_t> epochs;
  for (const CoordinatorEvent& event : cluster.events()) {
    if (const auto* epoch = std::get_if<EpochRecord>(&event)) epochs.push_back(epoch->epoch);
  }
  return epochs;
}

// Sums over validation are those of all examples, whoever was lost in its midst.
void ExpectSameValidation(const SimulatedCluster& actual, const SimulatedCluster& expected) {
  std::map<uint32_t, MetricSums> wanted;
  for (const CoordinatorEvent& event : expected.events()) {
    if (const auto* epoch = std::get_if<EpochRecord>(&event)) wanted[epoch->epoch] = epoch->validation;
  }
  for (const CoordinatorEvent& event : actual.events()) {
    const auto* const epoch = std::get_if<EpochRecord>(&event);
    if (epoch == nullptr) continue;
    EXPECT_EQ(epoch->validation.ShortDebugString(), wanted[epoch->epoch].ShortDebugString())
        << "epoch " << epoch->epoch;
  }
}

// A job, its data, and the run of it in which nothing goes wrong.
struct Case {
  Case(const std::string& case_name, ResolvedJob resolved, TrainingData (*make_data)(const ResolvedJob&))
      : name(case_name), job(std::move(resolved)) {
    job.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(4);
    job.mutable_job()->mutable_cluster()->set_max_restarts(1 << 20);
    data = make_data(job);
    undisturbed = std::make_unique<SimulatedCluster>(job, data, /*seed=*/1, kNoFaults);
    run = undisturbed->Run();

    ResolvedJob saves_often = job;
    saves_often.mutable_job()->mutable_training()->mutable_checkpoint()->set_every_steps(1);
    SimulatedCluster often(saves_often, data, /*seed=*/1, kNoFaults);
    run.Update(often.Run());
    every_step = Checkpoints(often);
  }

  std::string name;
  ResolvedJob job;
  TrainingData data;
  std::unique_ptr<SimulatedCluster> undisturbed;
  absl::Status run;
  std::map<uint64_t, std::string> every_step;  // Checkpoints of the same run.
};

SmallJobOptions Options(int workers, const std::string& optimizer, RowSemantics semantics) {
  SmallJobOptions options;
  options.workers = workers;
  options.parameter_servers = 2;
  options.optimizer = optimizer;
  options.row_semantics = semantics;
  return options;
}

ResolvedJob Rounded(ResolvedJob job) {
  job.mutable_job()->mutable_cluster()->set_wire_dtype(BFLOAT16);
  return job;
}

ResolvedJob WithoutValidation(ResolvedJob job) {
  job.set_num_validation_examples(0);
  return job;
}

const char kAdam[] = "adam { weight_decay: 0.01 decoupled_weight_decay: true }";
const char kTriplets[] = R"pb(
  features { id { column: "item_id" table: "item" } }
  features { bag { column: "text" table: "word" } })pb";

const std::vector<Case>& Cases() {
  static const auto* const cases = [] {
    auto* const all = new std::vector<Case>;
    all->emplace_back("factors", SmallJob(Options(3, kAdam, DENSE_EQUIVALENT)), SmallData);
    all->emplace_back("factors, 16 bits", Rounded(SmallJob(Options(3, "adagrad {}", LAZY))), SmallData);
    all->emplace_back("factors, one worker", SmallJob(Options(1, kAdam, LAZY)), SmallData);
    all->emplace_back("classes", SmallNetworkJob({}, Options(3, kAdam, DENSE_EQUIVALENT)), SmallNetworkData);
    all->emplace_back("classes, no validation",
                      WithoutValidation(SmallNetworkJob({}, Options(2, "sgd { momentum: 0.9 }", LAZY))),
                      SmallNetworkData);
    SmallNetworkOptions dropout;
    dropout.tower =
        "tower { linear { out_features: 6 } } tower { dropout { p: 0.4 } } tower { linear { out_features: 3 } }";
    all->emplace_back("classes, dropout", SmallNetworkJob(dropout, Options(3, "adagrad {}", LAZY)), SmallNetworkData);
    SmallNetworkOptions mined;
    mined.loss = "loss { triplet { mining: RANDOM_HARD } }";
    all->emplace_back("mined triplets", SmallNetworkJob(mined, Options(3, kAdam, LAZY)), SmallNetworkData);
    SmallNetworkOptions rows_alone;
    rows_alone.features = kTriplets;
    rows_alone.tower = "tower { l2_normalize {} }";
    rows_alone.loss = "loss { triplet { mining: SEMI_HARD } }";
    all->emplace_back("mined triplets of rows alone", SmallNetworkJob(rows_alone, Options(3, kAdam, LAZY)),
                      SmallNetworkData);
    return all;
  }();
  return *cases;
}

TEST(LostWorkersSimulation, AnyKillAtAnyMomentGivesTheWeightsOfAnUndisturbedRun) {
  const SimulationSeeds seeds = SeedsFromEnvironment(/*default_count=*/2000);
  int kills = 0;
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const Case& wanted = Cases()[seed % Cases().size()];
    SCOPED_TRACE(
        absl::StrCat(wanted.name, ": SHOAL_SIMULATION_FIRST_SEED=", seed, " SHOAL_SIMULATION_SEEDS=1 runs this alone"));
    ASSERT_EQ(wanted.run, absl::OkStatus());
    NetworkFaults faults;
    faults.break_collective = seed % 3 == 0 ? 0.01 : 0;
    SimulatedCluster cluster(wanted.job, wanted.data, seed, faults);
    cluster.KillWorkers(1 + static_cast<int>(seed % 5));
    ASSERT_EQ(cluster.Run(), absl::OkStatus());
    kills += cluster.kills();
    ASSERT_EQ(DigestOf(cluster.shards()), DigestOf(wanted.undisturbed->shards()));
    ASSERT_EQ(Checkpoints(cluster), Checkpoints(*wanted.undisturbed));
    ASSERT_EQ(Epochs(cluster), Epochs(*wanted.undisturbed));
    ExpectSameValidation(cluster, *wanted.undisturbed);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  RecordProperty("kills", kills);
  EXPECT_GE(kills, static_cast<int>(seeds.count / 2 * 3));
}

// Rank 0 may be lost between two servers' hearing of what it has decided.
TEST(LostWorkersSimulation, AStopRequestEndsAllWorkersAtOneStepThoughSomeAreLost) {
  const SimulationSeeds seeds = SeedsFromEnvironment(/*default_count=*/2000);
  for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const Case& wanted = Cases()[seed % Cases().size()];
    SCOPED_TRACE(
        absl::StrCat(wanted.name, ": SHOAL_SIMULATION_FIRST_SEED=", seed, " SHOAL_SIMULATION_SEEDS=1 runs this alone"));
    SimulatedCluster cluster(wanted.job, wanted.data, seed);
    cluster.KillWorkers(3);
    cluster.StopAtStep(1 + seed % 13);
    ASSERT_EQ(cluster.Run(), absl::OkStatus());
    const std::map<uint64_t, std::string> checkpoints = Checkpoints(cluster);
    ASSERT_FALSE(checkpoints.empty());
    for (const uint64_t step : cluster.worker_steps()) EXPECT_EQ(step, checkpoints.rbegin()->first);
    for (const auto& [step, text] : checkpoints) ASSERT_EQ(text, wanted.every_step.at(step)) << "step " << step;
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

}  // namespace
}  // namespace shoal
