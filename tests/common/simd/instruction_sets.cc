#include "tests/common/simd/instruction_sets.h"

#include <vector>

#include "common/simd/highway_targets.h"
// Includes that need the targets above.
#include "hwy/highway.h"

namespace shoal {

void ForEachInstructionSet(absl::FunctionRef<void(const InstructionSet&)> run) {
  int64_t targets = (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
  for (; targets != 0; targets &= targets - 1) {
    const int64_t target = targets & -targets;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    run({hwy::TargetName(target), target != HWY_SCALAR && target != HWY_EMU128});
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace shoal
