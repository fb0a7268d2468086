#include "worker/cuda/kernels/cuda_launch_recorder.h"

#include <type_traits>

#include "common/base/status_macros.h"
#include "worker/cuda/cuda_status.h"

namespace shoal {
namespace {

struct GraphDestroyer {
  void operator()(cudaGraph_t graph) const { (void)cudaGraphDestroy(graph); }
};
using Graph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, GraphDestroyer>;

class CudaLaunches final : public RecordedLaunches {
 public:
  CudaLaunches(cudaGraphExec_t graph, cudaStream_t stream, FirstCudaError* error)
      : graph_(graph), stream_(stream), error_(*error) {}
  CudaLaunches(const CudaLaunches&) = delete;
  CudaLaunches& operator=(const CudaLaunches&) = delete;
  ~CudaLaunches() override {
    // CUDA does not say what becomes of one that runs. An error is that of earlier work, which whoever waits for it is
    // told.
    (void)cudaStreamSynchronize(stream_);
    (void)cudaGraphExecDestroy(graph_);
  }

  void Launch() override {
    if (error_.is_set()) return;
    error_.Note(cudaGraphLaunch(graph_, stream_), "cudaGraphLaunch");
  }

 private:
  const cudaGraphExec_t graph_;
  const cudaStream_t stream_;
  FirstCudaError& error_;
};

class CudaLaunchRecorder final : public LaunchRecorder {
 public:
  CudaLaunchRecorder(cudaStream_t stream, FirstCudaError* error) : stream_(stream), error_(*error) {}

  absl::Status Begin() override {
    // After an error nothing is launched, and so nothing would be recorded.
    if (error_.is_set()) return error_.Take();
    // Other threads, NCCL's among them, may do meanwhile what cannot be recorded. An error is one of the recording.
    error_.Note(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<RecordedLaunches>> End() override {
    cudaGraph_t captured = nullptr;
    error_.Note(cudaStreamEndCapture(stream_, &captured), "cudaStreamEndCapture");
    const Graph graph(captured);
    // The first error is that of the call which could not be recorded.
    if (error_.is_set()) return error_.Take();
    cudaGraphExec_t executable = nullptr;
    SHOAL_RETURN_IF_CUDA_ERROR(cudaGraphInstantiate(&executable, graph.get(), /*flags=*/0));
    return std::make_unique<CudaLaunches>(executable, stream_, &error_);
  }

 private:
  const cudaStream_t stream_;
  FirstCudaError& error_;
};

}  // namespace

std::unique_ptr<LaunchRecorder> MakeCudaLaunchRecorder(cudaStream_t stream, FirstCudaError* error) {
  return std::make_unique<CudaLaunchRecorder>(stream, error);
}

}  // namespace shoal
