#include "worker/share_dense.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

#include "tests/worker/tower/tower_problem.h"
#include "worker/collective/in_process_collective.h"

namespace shoal {
namespace {

using ::testing::Each;

TowerProblem MakeProblem(uint64_t seed, const std::string& optimizer) {
  return {{"linear { out_features: 5 }", "prelu {}", "linear { out_features: 3 }"},
          /*in_features=*/7,
          /*examples=*/2,
          seed,
          optimizer};
}

// A step with gradients 1, 2, ..., so that there is state.
void TakeStep(DenseParameters& parameters, int64_t step) {
  float gradient = 0;
  for (float& place : parameters.gradients()) place = ++gradient;
  parameters.ApplyGradients(step);
}

std::vector<uint32_t> BitsOf(const std::vector<float>& floats) {
  std::vector<uint32_t> bits(floats.size());
  std::memcpy(bits.data(), floats.data(), floats.size() * sizeof(float));
  return bits;
}

void ExpectSame(const DenseParameters& got, const DenseParameters& expected) {
  const std::vector<SavedParameter> left = got.Save();
  const std::vector<SavedParameter> right = expected.Save();
  ASSERT_EQ(left.size(), right.size());
  for (size_t p = 0; p < left.size(); ++p) {
    EXPECT_EQ(left[p].values, right[p].values) << left[p].name;
    ASSERT_EQ(left[p].state.size(), right[p].state.size());
    for (size_t s = 0; s < left[p].state.size(); ++s) {
      EXPECT_EQ(left[p].state[s].values, right[p].state[s].values) << left[p].name << ", state " << s;
    }
  }
}

TEST(ShareDenseTest, WhatIsCopiedCanBePutIntoAnotherWorkersParameters) {
  for (const char* optimizer : {"sgd {}", "adam {}", "rowwise_adagrad {}", "sgd { momentum: 0.9 }"}) {
    SCOPED_TRACE(optimizer);
    TowerProblem holder = MakeProblem(1, optimizer);
    TowerProblem other = MakeProblem(2, optimizer);
    TakeStep(*holder.parameters, 1);
    const std::vector<float> copy = CopyDense(*holder.parameters);
    PutDense(copy, *other.parameters);
    ExpectSame(*other.parameters, *holder.parameters);
    EXPECT_EQ(CopyDense(*other.parameters), copy);
    // Both go on alike.
    TakeStep(*holder.parameters, 2);
    TakeStep(*other.parameters, 2);
    ExpectSame(*other.parameters, *holder.parameters);
  }
}

TEST(ShareDenseTest, ACopyIsNoView) {
  TowerProblem problem = MakeProblem(1, "sgd {}");
  const std::vector<float> before = CopyDense(*problem.parameters);
  TakeStep(*problem.parameters, 1);
  EXPECT_NE(CopyDense(*problem.parameters), before);
  PutDense(before, *problem.parameters);
  EXPECT_EQ(CopyDense(*problem.parameters), before);
}

// Floats of which a sum or a conversion would not leave the bits.
std::vector<float> DelicateFloats() {
  const std::vector<uint32_t> bits = {0x7fc00001, 0xffc12345, 0x7f800001, 0x80000000,
                                      0x00000001, 0x7f800000, 0x3f800000};
  std::vector<float> floats(bits.size());
  std::memcpy(floats.data(), bits.data(), bits.size() * sizeof(float));
  return floats;
}

TEST(ShareDenseTest, AllTakeOverTheBitsOfAnyWorker) {
  for (const int size : {1, 2, 3, 5}) {
    for (int source = 0; source < size; ++source) {
      const auto collectives = MakeInProcessCollectives(size);
      std::vector<std::vector<float>> floats(size, std::vector<float>(DelicateFloats().size(), 5));
      floats[source] = DelicateFloats();
      std::vector<absl::Status> statuses(size, absl::UnknownError("not done"));
      for (int rank = 0; rank < size; ++rank) {
        ShareDense(*collectives[rank], source, absl::MakeSpan(floats[rank]),
                   [&, rank](absl::Status status) { statuses[rank] = std::move(status); });
      }
      EXPECT_THAT(statuses, Each(absl::OkStatus()));
      for (int rank = 0; rank < size; ++rank) {
        EXPECT_EQ(BitsOf(floats[rank]), BitsOf(DelicateFloats())) << "rank " << rank << ", source " << source;
      }
    }
  }
}

TEST(ShareDenseTest, AWorkerThatIsLostMeanwhileIsAnError) {
  auto collectives = MakeInProcessCollectives(2);
  std::vector<float> floats = DelicateFloats();
  absl::Status status;
  ShareDense(*collectives[0], /*source=*/1, absl::MakeSpan(floats),
             [&](absl::Status shared) { status = std::move(shared); });
  collectives[1].reset();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

}  // namespace
}  // namespace shoal
