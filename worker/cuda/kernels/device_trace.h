// Named ranges on a profiler's timeline: what the host queues for a device between two points, so that kernels and
// copies can be told apart by what they are for.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_DEVICE_TRACE_H_
#define SHOAL_WORKER_CUDA_KERNELS_DEVICE_TRACE_H_

namespace shoal {

class DeviceTrace {
 public:
  virtual ~DeviceTrace() = default;
  // Ranges nest: End closes the one that was begun last.
  virtual void Begin(const char* name) = 0;
  virtual void End() = 0;
};

// A range from construction to destruction. `trace` may be null: nobody looks.
class TraceRange {
 public:
  TraceRange(DeviceTrace* trace, const char* name) : trace_(trace) {
    if (trace_ != nullptr) trace_->Begin(name);
  }
  TraceRange(const TraceRange&) = delete;
  TraceRange& operator=(const TraceRange&) = delete;
  ~TraceRange() {
    if (trace_ != nullptr) trace_->End();
  }

 private:
  DeviceTrace* const trace_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_DEVICE_TRACE_H_
