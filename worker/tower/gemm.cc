#include "worker/tower/gemm.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "absl/algorithm/container.h"
#include "absl/strings/string_view.h"
#include "cblas.h"
#include "hwy/targets.h"

// OpenBLAS's own, which choose the kernel when it is loaded, and end its threads; not in its headers, nor in builds for
// one family of CPUs or without threads.
extern "C" {
__attribute__((weak)) void gotoblas_dynamic_init();
__attribute__((weak)) void gotoblas_dynamic_quit();
__attribute__((weak)) int blas_thread_shutdown_();
}

namespace shoal {
namespace {

// The kernel that the CPU could run, where OpenBLAS has chosen one from before AVX2; else null. Up to 0.3.24 it takes
// CPUs that are younger than itself for a Pentium 4 (its issue 4267), at a quarter of the speed.
const char* BetterKernel() {
#if HWY_ARCH_X86
  constexpr absl::string_view kWithAvx2[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"};
  if (absl::c_linear_search(kWithAvx2, GemmKernelName())) return nullptr;
  if ((hwy::SupportedTargets() & HWY_AVX3) != 0) return "SkylakeX";
  if ((hwy::SupportedTargets() & HWY_AVX2) != 0) return "Haswell";
#endif
  return nullptr;
}

bool PrepareOpenBlas() {
  constexpr char kChoice[] = "OPENBLAS_CORETYPE";
  const char* const kernel = BetterKernel();
  if (kernel != nullptr && gotoblas_dynamic_init != nullptr && gotoblas_dynamic_quit != nullptr &&
      std::getenv(kChoice) == nullptr) {
    setenv(kChoice, kernel, /*replace=*/1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv(kChoice);
  }
  openblas_set_num_threads(1);
  // It starts threads when it is loaded. They would take the signals that the launcher blocks in its own.
  if (blas_thread_shutdown_ != nullptr) blas_thread_shutdown_();
  return true;
}

// Before main: while there is one thread, the environment may be changed.
[[maybe_unused]] const bool kPrepared = PrepareOpenBlas();

CBLAS_TRANSPOSE TransposeOf(const GemmFactor& factor) { return factor.transposed ? CblasTrans : CblasNoTrans; }

// Leading dimensions may not be 0, not even of an empty matrix.
int LeadingDimension(ConstMatrixView matrix) { return std::max(matrix.cols, 1); }

}  // namespace

void Multiply(const GemmFactor& a, const GemmFactor& b, MatrixView c) {
  assert(a.rows() == c.rows && b.cols() == c.cols && a.cols() == b.rows());
  cblas_sgemm(CblasRowMajor, TransposeOf(a), TransposeOf(b), static_cast<int>(c.rows), c.cols,
              static_cast<int>(a.cols()), 1.0F, a.matrix.data, LeadingDimension(a.matrix), b.matrix.data,
              LeadingDimension(b.matrix), 0.0F, c.data, LeadingDimension(c));
}

std::string GemmKernelName() { return openblas_get_corename(); }

}  // namespace shoal
