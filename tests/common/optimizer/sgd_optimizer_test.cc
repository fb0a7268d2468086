#include "common/optimizer/sgd_optimizer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/optimizer/optimizer_table.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

class SgdReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(SgdReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, SgdReferenceTest, ::testing::ValuesIn(LoadReferenceCases("sgd")), ReferenceCaseName);

}  // namespace
}  // namespace shoal
