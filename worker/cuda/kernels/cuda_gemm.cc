#include "worker/cuda/kernels/cuda_gemm.h"

#include <cublasLt.h>

#include <map>
#include <tuple>
#include <utility>

#include "worker/cuda/cublas_status.h"

namespace shoal {
namespace {

// What cuBLASLt has to know of a product, but for the addresses; a plan is found once for each.
struct Shape {
  bool a_transposed;
  bool b_transposed;
  int64_t rows;
  int64_t cols;
  int64_t inner;
  bool has_bias;

  bool operator<(const Shape& other) const { return Tie() < other.Tie(); }
  std::tuple<bool, bool, int64_t, int64_t, int64_t, bool> Tie() const {
    return {a_transposed, b_transposed, rows, cols, inner, has_bias};
  }
};

cublasComputeType_t ComputeTypeOf(ClusterConfig::MatmulPrecision precision) {
  switch (precision) {
    case ClusterConfig::HIGH:
      return CUBLAS_COMPUTE_32F_FAST_TF32;
    case ClusterConfig::MEDIUM:
      return CUBLAS_COMPUTE_32F_FAST_16BF;
    case ClusterConfig::HIGHEST:
      break;
  }
  return CUBLAS_COMPUTE_32F;
}

// Descriptors and algorithm of a shape. cuBLAS's matrices are column-major: a row-major one is its own transpose there,
// so that c = a b becomes c^T = b^T a^T, with b first.
class Plan {
 public:
  Plan() = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    for (cublasLtMatrixLayout_t layout : {first_, second_, result_}) {
      if (layout != nullptr) cublasLtMatrixLayoutDestroy(layout);
    }
    if (product_ != nullptr) cublasLtMatmulDescDestroy(product_);
  }

  // `bias` is one that Run may get: where it is aligned counts, too.
  cublasStatus_t Make(cublasLtHandle_t handle, const Shape& shape, cublasComputeType_t compute_type,
                      const float* bias) {
    cublasStatus_t status = cublasLtMatmulDescCreate(&product_, compute_type, CUDA_R_32F);
    const auto then = [&](const auto& call) {
      if (status == CUBLAS_STATUS_SUCCESS) status = call();
    };
    then([&] { return Set(CUBLASLT_MATMUL_DESC_TRANSA, shape.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N); });
    then([&] { return Set(CUBLASLT_MATMUL_DESC_TRANSB, shape.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N); });
    // No ReLU: cuBLASLt's may make 0 of NaN.
    if (shape.has_bias) {
      then([&] { return Set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS); });
      then([&] { return Set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias); });
    }
    then([&] { return Layout(shape.b_transposed, shape.inner, shape.cols, &first_); });
    then([&] { return Layout(shape.a_transposed, shape.rows, shape.inner, &second_); });
    then([&] { return Layout(false, shape.rows, shape.cols, &result_); });
    then([&] { return FindAlgorithm(handle); });
    return status;
  }

  cublasStatus_t Run(CublasHandle* handle, cudaStream_t stream, const float* a, const float* b, float* c,
                     const float* bias) {
    if (bias != nullptr) {
      const cublasStatus_t status = Set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
      if (status != CUBLAS_STATUS_SUCCESS) return status;
    }
    constexpr float kOne = 1;
    constexpr float kZero = 0;
    return cublasLtMatmul(LtHandle(handle), product_, &kOne, b, first_, a, second_, &kZero, c, result_, c, result_,
                          &algorithm_, handle->workspace(), CublasHandle::kWorkspaceBytes, stream);
  }

  static cublasLtHandle_t LtHandle(CublasHandle* handle) { return reinterpret_cast<cublasLtHandle_t>(handle->get()); }

 private:
  template <class T>
  cublasStatus_t Set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    return cublasLtMatmulDescSetAttribute(product_, attribute, &value, sizeof(value));
  }

  // Of a row-major factor of rows x cols, or, transposed, of the matrix that it is the transpose of.
  static cublasStatus_t Layout(bool transposed, int64_t rows, int64_t cols, cublasLtMatrixLayout_t* layout) {
    if (transposed) std::swap(rows, cols);
    return cublasLtMatrixLayoutCreate(layout, CUDA_R_32F, cols, rows, cols);
  }

  cublasStatus_t FindAlgorithm(cublasLtHandle_t handle) {
    cublasLtMatmulPreference_t preference = nullptr;
    cublasStatus_t status = cublasLtMatmulPreferenceCreate(&preference);
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
      if (status == CUBLAS_STATUS_SUCCESS) {
        status = cublasLtMatmulPreferenceSetAttribute(preference, attribute, &value, sizeof(value));
      }
    };
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t{CublasHandle::kWorkspaceBytes});
    // Not INPLACE, which adds parts up as they come.
    prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
           uint32_t{CUBLASLT_REDUCTION_SCHEME_MASK & ~CUBLASLT_REDUCTION_SCHEME_INPLACE});
    // Parameters lie behind each other in one block.
    for (const auto attribute :
         {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
      prefer(attribute, kAlignment);
    }
    cublasLtMatmulHeuristicResult_t found = {};
    int count = 0;
    if (status == CUBLAS_STATUS_SUCCESS) {
      status = cublasLtMatmulAlgoGetHeuristic(handle, product_, first_, second_, result_, result_, preference, 1,
                                              &found, &count);
    }
    if (preference != nullptr) cublasLtMatmulPreferenceDestroy(preference);
    if (status == CUBLAS_STATUS_SUCCESS && count == 0) status = CUBLAS_STATUS_NOT_SUPPORTED;
    algorithm_ = found.algo;
    return status;
  }

  // Bytes, of every matrix: a batch's memory is 256-byte aligned, a parameter's 64.
  static constexpr uint32_t kAlignment = 64;

  cublasLtMatmulDesc_t product_ = nullptr;
  cublasLtMatrixLayout_t first_ = nullptr;
  cublasLtMatrixLayout_t second_ = nullptr;
  cublasLtMatrixLayout_t result_ = nullptr;
  cublasLtMatmulAlgo_t algorithm_ = {};
};

class CudaGemm : public DeviceGemm {
 public:
  CudaGemm(std::unique_ptr<CublasHandle> handle, cudaStream_t stream, FirstCudaError* error)
      : handle_(std::move(handle)), stream_(stream), error_(*error) {}

  void SetPrecision(ClusterConfig::MatmulPrecision precision) override {
    compute_type_ = ComputeTypeOf(precision);
    plans_.clear();
  }

  void Multiply(const GemmFactor& a, const GemmFactor& b, MatrixView c, const float* bias) override {
    if (c.size() == 0 || error_.is_set()) return;
    const Shape shape = {a.transposed, b.transposed, c.rows, c.cols, a.cols(), bias != nullptr};
    Plan* const plan = FindOrMakePlan(shape, bias);
    if (plan == nullptr) return;
    error_.Note(
        CublasStatus(plan->Run(handle_.get(), stream_, a.matrix.data, b.matrix.data, c.data, bias), "cublasLtMatmul"));
  }

 private:
  // Shapes are few: those of full batches, and of an epoch's last.
  static constexpr size_t kMaxPlans = 256;

  // Null where there is none, which is noted.
  Plan* FindOrMakePlan(const Shape& shape, const float* bias) {
    const auto found = plans_.find(shape);
    if (found != plans_.end()) return found->second.get();
    auto plan = std::make_unique<Plan>();
    const cublasStatus_t status = plan->Make(Plan::LtHandle(handle_.get()), shape, compute_type_, bias);
    error_.Note(CublasStatus(status, "cublasLtMatmulAlgoGetHeuristic"));
    if (status != CUBLAS_STATUS_SUCCESS) return nullptr;
    if (plans_.size() == kMaxPlans) plans_.clear();
    return (plans_[shape] = std::move(plan)).get();
  }

  const std::unique_ptr<CublasHandle> handle_;
  const cudaStream_t stream_;
  FirstCudaError& error_;
  cublasComputeType_t compute_type_ = CUBLAS_COMPUTE_32F;
  std::map<Shape, std::unique_ptr<Plan>> plans_;  // Of compute_type_.
};

}  // namespace

std::unique_ptr<DeviceGemm> MakeCudaGemm(std::unique_ptr<CublasHandle> handle, cudaStream_t stream,
                                         FirstCudaError* error) {
  return std::make_unique<CudaGemm>(std::move(handle), stream, error);
}

}  // namespace shoal
