// The reference values in tests/reference/optimizers, and what it takes to run an optimizer through them.
#ifndef SHOAL_TESTS_COMMON_OPTIMIZER_REFERENCE_CASES_H_
#define SHOAL_TESTS_COMMON_OPTIMIZER_REFERENCE_CASES_H_

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "proto/job.pb.h"
#include "tests/common/optimizer/optimizer_table.h"

namespace shoal {

// 6 rows, 100 steps: repeated, skipped and colliding rows, one that is never touched.
struct ReferenceInputs {
  std::vector<std::vector<float>> weights;
  std::vector<OptimizerTable::Gradients> steps;  // Colliding gradients added up.
};

// dim -> inputs.
std::map<int, ReferenceInputs> LoadReferenceInputs();

struct ReferenceCase {
  std::string name;
  std::string reference;  // The class of torch.optim, or "numpy".
  OptimizerTableOptions options;
  // dim -> step -> row -> weights.
  std::map<int, std::map<int, std::vector<std::vector<double>>>> expected;
};

// The cases of one file, "adam" for example.
std::vector<ReferenceCase> LoadReferenceCases(const std::string& optimizer);

// Runs the case at every dim and expects the reference's weights to 1e-6 of the largest magnitude that the
// row has had: a weight that passes through zero keeps the rounding of where it came from.
void ExpectAgreesWithReference(const ReferenceCase& reference);

// Runs the case on every instruction set: the baseline agrees with the reference too, and those with fused multiply-add
// leave the same bits in rows and state.
void ExpectSameBitsOnEveryInstructionSet(const ReferenceCase& reference);

// For INSTANTIATE_TEST_SUITE_P.
inline std::string ReferenceCaseName(const ::testing::TestParamInfo<ReferenceCase>& info) { return info.param.name; }
inline std::ostream& operator<<(std::ostream& os, const ReferenceCase& reference) {
  return os << reference.name << " (" << reference.reference << ")";
}

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_OPTIMIZER_REFERENCE_CASES_H_
