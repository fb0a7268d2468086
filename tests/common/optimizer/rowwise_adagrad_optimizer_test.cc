#include "common/optimizer/rowwise_adagrad_optimizer.h"

#include "gtest/gtest.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

class RowwiseAdagradReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(RowwiseAdagradReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

TEST_P(RowwiseAdagradReferenceTest, InstructionSetsGiveTheSameBits) { ExpectSameBitsOnEveryInstructionSet(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, RowwiseAdagradReferenceTest, ::testing::ValuesIn(LoadReferenceCases("rowwise_adagrad")),
                         ReferenceCaseName);

}  // namespace
}  // namespace shoal
