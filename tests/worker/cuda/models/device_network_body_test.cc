// Networks whose features, towers and losses a device computes, against the CPU's: the same model, rows and batch.
#include "worker/cuda/models/device_network_body.h"

#include <memory>
#include <string>
#include <variant>

#include "gtest/gtest.h"
#include "tests/support/small_job.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/expect_gradients.h"
#include "tests/worker/network_problem.h"
#include "worker/cuda/models/device_sampled_softmax.h"
#include "worker/metric_sums.h"
#include "worker/network_model.h"

namespace shoal {
namespace {

class DeviceNetworkBodyTest : public DeviceSuite {
 protected:
  void ExpectAgreesWithCpu(const SmallNetworkOptions& network, int64_t examples = 17,
                           const DeviceLossFactory& create_loss = CreateDeviceLoss) {
    SCOPED_TRACE(network.features + network.tower + network.loss);
    NetworkProblem problem(network, examples);
    const NetworkResult expected = problem.Train();
    const NetworkResult expected_validation = problem.Validate();
    problem.create_model = [&](const ResolvedJob& job, const Schedule& schedule, const TrainingData*) {
      return NetworkModel::Create(
          job, schedule, [&](const NetworkParts* parts, const JobConfig& config, absl::Span<const Lookup> lookups) {
            DeviceNetworkOptions options;
            options.create_loss = create_loss;
            return DeviceNetworkBody::Create(&device(), /*cache=*/nullptr, parts, config, lookups, options);
          });
    };
    for (const int workers : {1, 3}) {
      const NetworkResult result = problem.Train(workers);
      ExpectNear(result.gradients.tables, expected.gradients.tables, 1e-5, 1e-1);
      ExpectNear(result.gradients.dense, expected.gradients.dense, 1e-5, 1e-1);
      ExpectSums(result.sums, expected.sums);
    }
    ExpectSums(problem.Validate().sums, expected_validation.sums);
  }

  static void ExpectSums(const MetricSums& sums, const MetricSums& expected) {
    EXPECT_EQ(sums.examples(), expected.examples());
    EXPECT_NEAR(sums.loss(), expected.loss(), 1e-5 * expected.loss());
    EXPECT_NEAR(sums.loss_weight(), expected.loss_weight(), 1e-6 * expected.loss_weight());
    ASSERT_EQ(sums.metrics_size(), expected.metrics_size());
    for (const MetricSum& metric : expected.metrics()) {
      EXPECT_EQ(FindMetric(sums, metric.key()), FindMetric(expected, metric.key())) << metric.key();
    }
  }
};

SmallNetworkOptions WithLoss(const std::string& loss) {
  SmallNetworkOptions options;
  options.loss = loss;
  return options;
}

const char* const kSampled[] = {"num_sampled: 2 bias_table: 'class_bias'", "num_sampled: 3",
                                "num_sampled: 7 unique: false sampler: UNIFORM",
                                "num_sampled: 2 bias_table: 'class_bias' sampled_validation: true",
                                "num_sampled: 4 unique: false remove_accidental_hits: false bias_table: 'class_bias'"};

SmallNetworkOptions WithSampledSoftmax(const std::string& fields) {
  return WithLoss("loss { sampled_softmax { table: 'class' " + fields + " } }");
}

TEST_P(DeviceNetworkBodyTest, EveryLossIsThatOfTheCpu) {
  ExpectAgreesWithCpu({});
  ExpectAgreesWithCpu(WithLoss("loss { softmax_cross_entropy { weight: [1, 2, 0.5] label_smoothing: 0.1 } }"));
  ExpectAgreesWithCpu(WithLoss("loss { softmax_cross_entropy { top_k: 2 } }"));
  ExpectAgreesWithCpu(WithLoss("loss { triplet { mining: ALL } }"));
  ExpectAgreesWithCpu(WithLoss("loss { contrastive { margin: 2 } }"));
  for (const char* fields : kSampled) ExpectAgreesWithCpu(WithSampledSoftmax(fields));
}

TEST_P(DeviceNetworkBodyTest, ValidationOverAllClassesTakesExamplesBlockByBlock) {
  const auto block_of_two = [](const ComputeDevice* device, const LossSpec& spec, int first_lookup) {
    return std::make_unique<DeviceSampledSoftmax>(device, std::get<SampledSoftmaxSpec>(spec), first_lookup,
                                                  /*logits_a_block=*/2 * 3 + 1);
  };
  for (const char* fields : kSampled) ExpectAgreesWithCpu(WithSampledSoftmax(fields), 17, block_of_two);
}

TEST_P(DeviceNetworkBodyTest, ALossThatHasNoClassForDevicesIsComputedOnTheHost) {
  const auto none = [](const ComputeDevice*, const LossSpec&, int) { return std::unique_ptr<DeviceLoss>(); };
  ExpectAgreesWithCpu({}, 17, none);
  ExpectAgreesWithCpu(WithLoss("loss { triplet { mining: ALL } }"), 17, none);
  for (const char* fields : kSampled) ExpectAgreesWithCpu(WithSampledSoftmax(fields), 17, none);
}

TEST_P(DeviceNetworkBodyTest, MembersOfGivenTripletsAndPairsAreThoseOfTheCpu) {
  SmallNetworkOptions options;
  options.features = R"pb(
    features { id { column: "anchor_pair" table: "item" } }
    features { bag { column: "anchor_tags" table: "word" mode: SUM } }
    features { dense { columns: "price" } }
  )pb";
  options.loss =
      "loss { triplet { mining: GIVEN margin: 2 } } "
      "members { columns: ['positive_pair', 'positive_tags', 'weight'] } "
      "members { columns: ['negative_pair', 'negative_tags', 'price'] }";
  ExpectAgreesWithCpu(options);
  options.loss =
      "loss { contrastive { mining: GIVEN margin: 2 same: 'same' } } "
      "members { columns: ['positive_pair', 'positive_tags', 'weight'] }";
  ExpectAgreesWithCpu(options);
}

TEST_P(DeviceNetworkBodyTest, DropoutDropsTheSameOnAnyNumberOfWorkers) {
  SmallNetworkOptions options;
  options.tower =
      "tower { linear { out_features: 6 } } tower { dropout { p: 0.5 } } tower { tanh {} } "
      "tower { linear { out_features: 3 } }";
  ExpectAgreesWithCpu(options);
}

TEST_P(DeviceNetworkBodyTest, EveryBagIsThatOfTheCpu) {
  for (const std::string mode : {"SUM", "MEAN", "MAX"}) {
    SmallNetworkOptions options;
    options.features = "features { bag { column: 'text' table: 'word' mode: " + mode + " } }";
    ExpectAgreesWithCpu(options);
  }
}

TEST_P(DeviceNetworkBodyTest, ImagesAloneNeedNoRows) {
  SmallNetworkOptions options;
  options.features = "features { image { column: 'picture' mean: 0.3 std: 0.5 } }";
  ExpectAgreesWithCpu(options);
}

TEST_P(DeviceNetworkBodyTest, WorkersWithoutExamplesComputeNothing) { ExpectAgreesWithCpu({}, /*examples=*/2); }

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceNetworkBodyTest);

}  // namespace
}  // namespace shoal
