#include "common/optimizer/adagrad_optimizer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/optimizer/optimizer_table.h"
#include "tests/common/optimizer/reference_cases.h"

namespace shoal {
namespace {

class AdagradReferenceTest : public ::testing::TestWithParam<ReferenceCase> {};

TEST_P(AdagradReferenceTest, WeightsAgreeOverAHundredSteps) { ExpectAgreesWithReference(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Torch, AdagradReferenceTest, ::testing::ValuesIn(LoadReferenceCases("adagrad")),
                         ReferenceCaseName);

}  // namespace
}  // namespace shoal
