// Checks that every layer must pass, given the layers as text of shoal.Layer.
#ifndef SHOAL_TESTS_WORKER_TOWER_LAYER_CHECKS_H_
#define SHOAL_TESTS_WORKER_TOWER_LAYER_CHECKS_H_

#include <string>
#include <vector>

namespace shoal {

// Gradients of inputs and parameters against differences of the same tower in double precision, 1e-4 relative.
void ExpectGradientsAgreeWithDifferences(const std::vector<std::string>& layers, int in_features);

// Output and gradients against the cases of this kind in tests/reference/tower, 1e-5 relative, on every instruction
// set.
void ExpectAgreesWithPyTorch(const std::string& kind);

// Output and gradients on all instruction sets with fused multiply-add.
void ExpectSameBitsOnEveryInstructionSet(const std::vector<std::string>& layers, int in_features);

// 1e-5 relative, or relative to a tenth of the largest: below that, a sum's rounding shows.
void ExpectAgree(const std::vector<float>& got, const std::vector<double>& expected, const std::string& what);

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_TOWER_LAYER_CHECKS_H_
