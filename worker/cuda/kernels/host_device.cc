#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/aligned_floats.h"
#include "common/base/status_macros.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/kernels/distance_bodies.h"
#include "worker/cuda/kernels/factorization_bodies.h"
#include "worker/cuda/kernels/feature_bodies.h"
#include "worker/cuda/kernels/host_queue.h"
#include "worker/cuda/kernels/layer_bodies.h"
#include "worker/cuda/kernels/loss_bodies.h"
#include "worker/cuda/kernels/row_bodies.h"

namespace shoal {
namespace {

// As late as the contract allows: what is copied to the host is there after Wait, not before, and holds what the
// kernels left then. Wait fails where what is copied to the device has changed in between, or went to memory that a
// copy or Clear before it may still use. So tests see what on a GPU would go wrong now and then.
class StrictMemory : public ComputeMemory {
 public:
  HostQueue* queue() { return &queue_; }

  absl::StatusOr<void*> Allocate(size_t bytes, absl::string_view purpose) override {
    SHOAL_RETURN_IF_ERROR(queue_.CheckDoes("memory"));
    constexpr size_t kAlignment = 256;
    const size_t size = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
    void* const memory = std::aligned_alloc(kAlignment, size);
    if (memory == nullptr) return absl::ResourceExhaustedError(absl::StrCat("no ", size, " bytes for ", purpose));
    std::memset(memory, 0xFF, size);
    return memory;
  }
  void Free(void* memory) override {
    queue_.CheckDoes("that memory be freed").IgnoreError();
    ++num_frees_;
    std::free(memory);
    uses_.clear();  // It waits for the device.
  }
  int64_t num_frees() const override { return num_frees_; }

  void CopyToDevice(const void* from, size_t bytes, void* to) override {
    if (bytes == 0) return;  // Of arrays that have no memory.
    if (!queue_.CheckDoes("a copy to the device").ok()) return;
    for (const Use& use : uses_) {
      if (!use.Overlaps({to, bytes})) continue;
      error_.Update(
          absl::InternalError(absl::StrCat(bytes, " bytes were copied to memory that is in use: Wait first")));
    }
    std::memcpy(to, from, bytes);
    copies_in_.push_back({from, std::string(static_cast<const char*>(from), bytes)});
    uses_.push_back({to, bytes});
  }
  void CopyToHost(const void* from, size_t bytes, void* to) override {
    if (bytes == 0) return;
    if (!queue_.CheckDoes("a copy to the host").ok()) return;
    copies_out_.push_back({from, bytes, to});
    uses_.push_back({from, bytes});
  }
  void Clear(void* memory, size_t bytes) override {
    if (bytes == 0) return;
    queue_.Do([this, memory, bytes] {
      std::memset(memory, 0, bytes);
      uses_.push_back({memory, bytes});
    });
  }

  absl::Status Wait() override {
    SHOAL_RETURN_IF_ERROR(queue_.CheckDoes("a wait for the device"));
    uses_.clear();
    absl::Status status = std::exchange(error_, absl::OkStatus());
    for (const CopyIn& copy : copies_in_) {
      if (std::memcmp(copy.from, copy.content.data(), copy.content.size()) == 0) continue;
      status.Update(absl::InternalError(absl::StrCat(copy.content.size(), " bytes changed while they were copied")));
    }
    copies_in_.clear();
    for (const CopyOut& copy : copies_out_) std::memcpy(copy.to, copy.from, copy.bytes);
    copies_out_.clear();
    return status;
  }

 private:
  // Memory of the device that something uses which was queued since the last Wait; kernels say nothing of theirs.
  struct Use {
    const void* begin;
    size_t bytes;
    bool Overlaps(const Use& other) const {
      const auto* const ours = static_cast<const char*>(begin);
      const auto* const theirs = static_cast<const char*>(other.begin);
      return std::less<>()(ours, theirs + other.bytes) && std::less<>()(theirs, ours + bytes);
    }
  };
  struct CopyIn {
    const void* from;
    std::string content;
  };
  struct CopyOut {
    const void* from;
    size_t bytes;
    void* to;
  };

  std::vector<Use> uses_;
  std::vector<CopyIn> copies_in_;
  std::vector<CopyOut> copies_out_;
  absl::Status error_;
  int64_t num_frees_ = 0;
  HostQueue queue_;
};

// Does what was recorded again, without asking whoever queued it.
class HostLaunches : public RecordedLaunches {
 public:
  explicit HostLaunches(std::vector<HostQueue::Work> recorded) : recorded_(std::move(recorded)) {}
  void Launch() override {
    for (const HostQueue::Work& work : recorded_) work();
  }

 private:
  const std::vector<HostQueue::Work> recorded_;
};

class HostRecorder : public LaunchRecorder {
 public:
  explicit HostRecorder(HostQueue* queue) : queue_(*queue) {}

  absl::Status Begin() override {
    queue_.BeginRecording();
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<RecordedLaunches>> End() override {
    SHOAL_ASSIGN_OR_RETURN(std::vector<HostQueue::Work> recorded, queue_.EndRecording());
    return std::make_unique<HostLaunches>(std::move(recorded));
  }

 private:
  HostQueue& queue_;
};

class HostPrimitives : public DevicePrimitives {
 public:
  explicit HostPrimitives(HostQueue* queue) : queue_(*queue) {}

  void SortPlaces(const uint32_t* keys, int64_t count, int bits, uint32_t* sorted_keys, uint32_t* places) override {
    Sort(keys, count, bits, sorted_keys, places);
  }
  void SortPlaces(const uint64_t* keys, int64_t count, int bits, uint64_t* sorted_keys, uint32_t* places) override {
    Sort(keys, count, bits, sorted_keys, places);
  }
  void ExclusiveSum(const uint32_t* values, int64_t count, uint32_t* sums) override {
    if (!queue_.CheckDoes("a scan").ok()) return;
    std::exclusive_scan(values, values + count, sums, 0U);
  }

 private:
  // As a radix sort of the lowest `bits` would.
  template <class Key>
  void Sort(const Key* keys, int64_t count, int bits, Key* sorted_keys, uint32_t* places) {
    if (!queue_.CheckDoes("a sort").ok()) return;
    const Key mask = bits >= static_cast<int>(8 * sizeof(Key)) ? ~Key{0} : (Key{1} << bits) - 1;
    std::iota(places, places + count, 0U);
    std::stable_sort(places, places + count,
                     [&](uint32_t a, uint32_t b) { return (keys[a] & mask) < (keys[b] & mask); });
    for (int64_t i = 0; i < count; ++i) sorted_keys[i] = keys[places[i]];
  }

  HostQueue& queue_;
};

// Significant bits that a float32 loses where it is rounded for a product.
int DroppedBits(ClusterConfig::MatmulPrecision precision) {
  switch (precision) {
    case ClusterConfig::HIGH:
      return 13;
    case ClusterConfig::MEDIUM:
      return 16;
    case ClusterConfig::HIGHEST:
      break;
  }
  return 0;
}

class HostGemm : public DeviceGemm {
 public:
  explicit HostGemm(HostQueue* queue) : queue_(*queue) {}

  void SetPrecision(ClusterConfig::MatmulPrecision precision) override { dropped_bits_ = DroppedBits(precision); }

  void Multiply(const GemmFactor& a, const GemmFactor& b, MatrixView c, const float* bias) override {
    queue_.Do([=, this] { Compute(a, b, c, bias); });
  }

 private:
  void Compute(const GemmFactor& a, const GemmFactor& b, MatrixView c, const float* bias) {
    shoal::Multiply(Rounded(a, &rounded_a_), Rounded(b, &rounded_b_), c);
    if (bias == nullptr) return;
    for (int64_t i = 0; i < c.rows; ++i) {
      for (int j = 0; j < c.cols; ++j) c.row(i)[j] += bias[j];
    }
  }
  // The factor, or its floats rounded to the nearest, ties to even, in `rounded`.
  GemmFactor Rounded(const GemmFactor& factor, AlignedFloats* rounded) const {
    if (dropped_bits_ == 0) return factor;
    rounded->Reserve(factor.matrix.size());
    for (size_t i = 0; i < factor.matrix.size(); ++i) rounded->data()[i] = RoundToNearest(factor.matrix.data[i]);
    return {{rounded->data(), factor.matrix.rows, factor.matrix.cols}, factor.transposed};
  }
  float RoundToNearest(float value) const {
    if (std::isnan(value)) return value;
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t almost_half = (1U << (dropped_bits_ - 1)) - 1;
    const uint32_t rounded = bits + almost_half + (bits >> dropped_bits_ & 1U);
    return std::bit_cast<float>(rounded >> dropped_bits_ << dropped_bits_);
  }

  HostQueue& queue_;
  int dropped_bits_ = 0;
  AlignedFloats rounded_a_;
  AlignedFloats rounded_b_;
};

}  // namespace

ComputeDevice MakeHostDevice(HostLauncher::Order order) {
  auto memory = std::make_unique<StrictMemory>();
  HostQueue* const queue = memory->queue();
  const HostLauncher launcher(order, queue);
  ComputeDevice device;
  device.memory = std::move(memory);
  device.recorder = std::make_unique<HostRecorder>(queue);
  device.primitives = std::make_unique<HostPrimitives>(queue);
  device.rows = std::make_unique<RowKernelsOn<HostLauncher>>(launcher);
  device.factorization = std::make_unique<FactorizationKernelsOn<HostLauncher>>(launcher);
  device.features = std::make_unique<FeatureKernelsOn<HostLauncher>>(launcher);
  device.layers = std::make_unique<LayerKernelsOn<HostLauncher>>(launcher);
  device.losses = std::make_unique<LossKernelsOn<HostLauncher>>(launcher);
  device.distances = std::make_unique<DistanceKernelsOn<HostLauncher>>(launcher);
  device.gemm = std::make_unique<HostGemm>(queue);
  return device;
}

}  // namespace shoal
