#include "common/optimizer/adagrad_optimizer.h"

#include "gtest/gtest.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

class AdagradReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(AdagradReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

TEST_P(AdagradReferenceTest, InstructionSetsGiveTheSameBits) { ExpectSameBitsOnEveryInstructionSet(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, AdagradReferenceTest, ::testing::ValuesIn(LoadReferenceCases("adagrad")),
                         ReferenceCaseName);

}  // namespace
}  // namespace shoal
