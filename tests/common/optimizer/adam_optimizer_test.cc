#include "common/optimizer/adam_optimizer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/optimizer/optimizer_table.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

class AdamReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(AdamReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, AdamReferenceTest, ::testing::ValuesIn(LoadReferenceCases("adam")), ReferenceCaseName);

}  // namespace
}  // namespace shoal
