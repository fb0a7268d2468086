// Implicit matrix factorisation on a device against that on the CPU: the same model, rows, draws and batch.
#include "worker/cuda/models/device_implicit_factorization.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/expect_gradients.h"
#include "tests/worker/network_problem.h"
#include "worker/metric_sums.h"
#include "worker/metrics/ranking_auc.h"

namespace shoal {
namespace {

class DeviceImplicitFactorizationTest : public DeviceSuite {
 protected:
  NetworkProblem Problem(const std::string& fields, int64_t examples) {
    SmallJobOptions options;
    options.optimizer = "sgd {}";
    const ResolvedJob job = SmallImplicitJob(fields, options);
    return {job, SmallData(job), examples};
  }

  void ExpectAgreesWithCpu(const std::string& fields, int64_t examples = 17) {
    SCOPED_TRACE(fields);
    NetworkProblem problem = Problem(fields, examples);
    const NetworkResult expected = problem.Train();
    const NetworkResult expected_validation = problem.Validate();
    problem.create_model = ModelsOn(&device());
    const NetworkResult result = problem.Train();
    ExpectNear(result.gradients.tables, expected.gradients.tables, 1e-5, 1e-2);
    ExpectSums(result.sums, expected.sums);
    ExpectSums(problem.Validate().sums, expected_validation.sums);
    // Two workers: the same but for the order of sums.
    ExpectNear(problem.Train(2).gradients.tables, expected.gradients.tables, 1e-5, 1e-2);
  }

  static void ExpectSums(const MetricSums& sums, const MetricSums& expected) {
    EXPECT_EQ(sums.examples(), expected.examples());
    EXPECT_NEAR(sums.loss(), expected.loss(), 1e-6 * expected.loss());
    EXPECT_EQ(sums.loss_weight(), expected.loss_weight());
    EXPECT_EQ(FindMetric(sums, RankingAuc::kKey), FindMetric(expected, RankingAuc::kKey));
    EXPECT_FALSE(FindMetric(sums, RankingAuc::kKey).empty());
  }
};

TEST_P(DeviceImplicitFactorizationTest, BprIsThatOfTheCpu) {
  ExpectAgreesWithCpu("");
  ExpectAgreesWithCpu("reject_known: true num_negatives: 4");
  ExpectAgreesWithCpu("num_negatives: 3 item_bias_table: 'item_bias'");
}

TEST_P(DeviceImplicitFactorizationTest, LogisticIsThatOfTheCpu) {
  ExpectAgreesWithCpu("loss: LOGISTIC num_negatives: 3 item_bias_table: 'item_bias'");
  ExpectAgreesWithCpu("loss: LOGISTIC");
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceImplicitFactorizationTest);

}  // namespace
}  // namespace shoal
