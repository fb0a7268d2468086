#include "worker/tower/dense_parameters.h"

#include <cmath>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/worker/tower/tower_problem.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kSeed = 9;
constexpr const char* kOptimizers[] = {
    "sgd {}",
    "sgd { weight_decay: 0.1 }",
    "sgd { momentum: 0.9 dampening: 0.5 weight_decay: 0.01 }",
    "adagrad { weight_decay: 0.01 }",
    "rowwise_adagrad { weight_decay: 0.01 }",
    "adam {}",
    "adam { weight_decay: 0.01 }",
    "adam { weight_decay: 0.01 decoupled_weight_decay: true }",
};

ParameterSpec Spec(const std::string& name, std::vector<int64_t> shape) {
  ParameterSpec spec = {name, std::move(shape), {}};
  spec.initializer.mutable_uniform()->set_low(-1);
  return spec;
}

class DenseParametersTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<DenseParameters>> TryCreate(const std::vector<ParameterSpec>& specs,
                                                             const std::string& optimizer = "sgd {}",
                                                             uint64_t seed = kSeed) {
    OptimizerConfig config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(optimizer, &config)) << optimizer;
    return DenseParameters::Create(specs, config, seed, schedule_);
  }
  std::unique_ptr<DenseParameters> Create(const std::vector<ParameterSpec>& specs,
                                          const std::string& optimizer = "sgd {}", uint64_t seed = kSeed) {
    return TryCreate(specs, optimizer, seed).value();
  }

  const Schedule schedule_ = ConstantSchedule(0.1F);
};

// Gradients that depend on the step and on the place in the block.
void SetGradients(DenseParameters* parameters, int step) {
  const std::vector<SavedParameter> saved = parameters->Save();
  for (int p = 0; p < parameters->size(); ++p) {
    for (size_t i = 0; i < saved[p].values.size(); ++i) {
      parameters->Ref(p).gradient[i] = std::sin(static_cast<float>(step) + static_cast<float>(i % 100));
    }
  }
}

void Train(DenseParameters* parameters, int from, int to) {
  for (int step = from; step <= to; ++step) {
    SetGradients(parameters, step);
    parameters->ApplyGradients(step);
  }
}

std::vector<float> Values(const DenseParameters& parameters, int parameter) {
  const SavedParameter saved = parameters.Save()[parameter];
  return {saved.values.begin(), saved.values.end()};
}

TEST_F(DenseParametersTest, InitialValuesAreAFunctionOfSeedAndName) {
  const auto one = Create({Spec("a", {3, 4}), Spec("b", {12})});
  const auto other_order = Create({Spec("b", {12}), Spec("a", {12})});
  EXPECT_EQ(Values(*one, 0), Values(*other_order, 1));
  EXPECT_EQ(Values(*one, 1), Values(*other_order, 0));
  EXPECT_NE(Values(*one, 0), Values(*one, 1));
  EXPECT_NE(Values(*one, 0), Values(*Create({Spec("a", {12})}, "sgd {}", kSeed + 1), 0));
}

TEST_F(DenseParametersTest, InitialValuesFollowTheInitializer) {
  const auto parameters = Create({Spec("a", {100, 100})});
  const std::vector<float> values = Values(*parameters, 0);
  EXPECT_THAT(values, Each(AllOf(testing::Ge(-1.0F), testing::Lt(1.0F))));
  // 5 standard deviations of the mean of 10^4 values.
  EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0) / 1e4, 0, 5 * std::sqrt(1.0 / 3) / 100);
}

TEST_F(DenseParametersTest, GradientsAreOneBlockOfAlignedParts) {
  const auto parameters = Create({Spec("a", {3}), Spec("b", {20}), Spec("c", {1})});
  EXPECT_EQ(parameters->gradients().size(), 16u + 32u + 16u);
  EXPECT_EQ(parameters->Ref(0).gradient, parameters->gradients().data());
  EXPECT_EQ(parameters->Ref(1).gradient, parameters->gradients().data() + 16);
  EXPECT_EQ(parameters->Ref(2).gradient, parameters->gradients().data() + 48);
  for (float& value : parameters->gradients()) value = 1;
  parameters->ClearGradients();
  EXPECT_THAT(parameters->gradients(), Each(0.0F));
}

TEST_F(DenseParametersTest, AStepMovesValuesAgainstTheirGradients) {
  const auto parameters = Create({Spec("a", {2}), Spec("b", {1})});
  const std::vector<float> a = Values(*parameters, 0);
  const std::vector<float> b = Values(*parameters, 1);
  parameters->Ref(0).gradient[1] = 2;
  parameters->Ref(1).gradient[0] = -4;
  parameters->ApplyGradients(1);
  EXPECT_THAT(Values(*parameters, 0), ElementsAre(a[0], testing::FloatEq(a[1] - 0.1F * 2)));
  EXPECT_THAT(Values(*parameters, 1), ElementsAre(testing::FloatEq(b[0] + 0.1F * 4)));
}

TEST_F(DenseParametersTest, AParameterWithAMillionElementsTrainsAsItsElementsAlone) {
  constexpr int kLarge = 1'000'003;
  for (const std::string optimizer : kOptimizers) {
    if (optimizer.find("rowwise") == 0) continue;  // Its accumulator is the whole parameter's.
    SCOPED_TRACE(optimizer);
    const auto large = Create({Spec("a", {kLarge})}, optimizer);
    const auto scalars = Create({Spec("s", {1}), Spec("a", {3})}, optimizer);
    // The last element beside two scalars: the gradients of a whole parameter depend on the place alone.
    std::vector<SavedParameter> saved = scalars->Save();
    const std::vector<float> first = Values(*large, 0);
    const std::vector<float> start = {first[0]};
    saved[0].values = start;
    ASSERT_TRUE(scalars->Restore(saved).ok());
    Train(large.get(), 1, 3);
    Train(scalars.get(), 1, 3);
    const std::vector<float> after = Values(*large, 0);
    EXPECT_EQ(after[0], Values(*scalars, 0)[0]);
    EXPECT_EQ(after[1], Values(*scalars, 1)[1]);
    EXPECT_EQ(after[2], Values(*scalars, 1)[2]);
    // Gradients come again after 100 elements.
    EXPECT_NE(after[kLarge - 1], first[kLarge - 1]);
  }
}

TEST_F(DenseParametersTest, TrainingGoesOnFromWhatWasSavedWithTheSameBits) {
  const std::vector<ParameterSpec> specs = {Spec("a", {5, 7}), Spec("b", {1}), Spec("c", {20})};
  for (const std::string optimizer : kOptimizers) {
    SCOPED_TRACE(optimizer);
    const auto whole = Create(specs, optimizer);
    const auto half = Create(specs, optimizer);
    Train(whole.get(), 1, 10);
    Train(half.get(), 1, 5);
    const auto resumed = Create(specs, optimizer, kSeed + 1);
    std::vector<SavedParameter> saved = half->Save();
    std::reverse(saved.begin(), saved.end());
    ASSERT_TRUE(resumed->Restore(saved).ok());
    Train(resumed.get(), 6, 10);
    for (int p = 0; p < whole->size(); ++p) EXPECT_EQ(Values(*resumed, p), Values(*whole, p));
  }
}

TEST_F(DenseParametersTest, WhatIsSavedHasTorchsNames) {
  const auto parameters = Create({Spec("tower.0.weight", {2, 3})}, "adam {}");
  Train(parameters.get(), 1, 1);
  const SavedParameter saved = parameters->Save()[0];
  EXPECT_EQ(saved.name, "tower.0.weight");
  EXPECT_THAT(saved.shape, ElementsAre(2, 3));
  EXPECT_EQ(saved.values.size(), 6u);
  ASSERT_EQ(saved.state.size(), 2u);
  EXPECT_EQ(saved.state[0].name, "exp_avg");
  EXPECT_EQ(saved.state[1].name, "exp_avg_sq");
  // One step: exp_avg = (1 - beta1) * gradient.
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(saved.state[0].values[i], 0.1 * std::sin(1.0 + i), 1e-6);
}

TEST_F(DenseParametersTest, WhatDoesNotFitIsRefusedAndChangesNothing) {
  const auto parameters = Create({Spec("a", {2, 3}), Spec("b", {4})}, "adam {}");
  const std::vector<float> a = Values(*parameters, 0);
  const auto other = Create({Spec("a", {2, 3}), Spec("b", {4})}, "adam {}", kSeed + 1);
  const auto expect_refused = [&](const std::vector<SavedParameter>& saved, const std::string& message) {
    const absl::Status status = parameters->Restore(saved);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(message));
    EXPECT_EQ(Values(*parameters, 0), a);
  };
  const std::vector<SavedParameter> good = other->Save();
  expect_refused({good[0]}, "dense parameter 'b' is missing in the checkpoint");
  expect_refused({good[0], good[0]}, "dense parameter 'a' stands twice in the checkpoint");
  std::vector<SavedParameter> wrong = good;
  wrong[1].name = "x";
  expect_refused(wrong, "dense parameter 'x' of the checkpoint is not in the job");
  wrong = good;
  wrong[1].shape = {2, 2};
  expect_refused(wrong, "'b' has shape [2, 2] and 4 values in the checkpoint, [4] and 4 in the job");
  wrong = good;
  wrong[1].values.remove_suffix(1);
  expect_refused(wrong, "'b' has shape [4] and 3 values in the checkpoint");
  wrong = good;
  wrong[1].state.pop_back();
  expect_refused(wrong, "state exp_avg (4) in the checkpoint, exp_avg (4), exp_avg_sq (4) in the job");
}

TEST_F(DenseParametersTest, ErrorsNameTheParameter) {
  EXPECT_THAT(TryCreate({Spec("a", {2}), Spec("a", {3})}).status().message(), HasSubstr("'a' stands twice"));
  EXPECT_THAT(TryCreate({Spec("a", {2, 0})}).status().message(), HasSubstr("'a' has shape [2, 0]"));
  EXPECT_THAT(TryCreate({Spec("a", {int64_t{1} << 40, int64_t{1} << 40})}).status().message(), HasSubstr("elements"));
  EXPECT_THAT(TryCreate({Spec("a", {2})}, "adam { beta1: 2 }").status().message(),
              AllOf(HasSubstr("\"a\""), HasSubstr("beta1")));
}

}  // namespace
}  // namespace shoal
