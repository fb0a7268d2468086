// Runs a test on every instruction set that the kernels are compiled for and this machine has.
#ifndef SHOAL_TESTS_COMMON_SIMD_INSTRUCTION_SETS_H_
#define SHOAL_TESTS_COMMON_SIMD_INSTRUCTION_SETS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace shoal {

struct InstructionSet {
  const char* name;
  // Whether multiply-adds are fused: all such sets must give the same bits.
  bool fuses_multiply_add;
};

// Calls `run` with kernels going to one instruction set after the other, the baseline included.
void ForEachInstructionSet(absl::FunctionRef<void(const InstructionSet&)> run);

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_SIMD_INSTRUCTION_SETS_H_
