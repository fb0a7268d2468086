// Pinned memory on the way of copies between a device and the rest of the host's memory: a copy from or to memory that
// is not pinned would hold the host up until it is done, and so everything that it could have queued meanwhile.
//
// Plain logic: this copies within the host, its user to and from the device.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_KERNELS_PINNED_STAGING_H_
#define SHOAL_WORKER_CUDA_KERNELS_PINNED_STAGING_H_

#include <cstddef>
#include <vector>

#include "common/base/tracked_memory.h"

namespace shoal {

class PinnedStaging {
 public:
  // `pinned` outlives the object.
  explicit PinnedStaging(TrackedMemory* pinned) : pinned_(*pinned) {}
  PinnedStaging(const PinnedStaging&) = delete;
  PinnedStaging& operator=(const PinnedStaging&) = delete;
  ~PinnedStaging();

  // From where to copy to the device what lies at `from`: from there, if it is pinned, else from a pinned copy.
  const void* Outgoing(const void* from, size_t bytes);
  // To where to copy from the device what is for `to`: to there, if it is pinned, else to where Finish gets it from.
  void* Incoming(void* to, size_t bytes);

  // REQUIRES: the device has copied all. Puts what came in into its place.
  void Finish();

  // Larger copies are not staged: they are rare, and their memory would be held for ever.
  static constexpr size_t kMaxStagedBytes = size_t{64} << 20;
  static constexpr size_t kMinBlockBytes = size_t{1} << 20;

 private:
  struct Block {
    std::byte* data;
    size_t size;
  };
  struct Arrival {
    const void* from;
    void* to;
    size_t bytes;
  };

  // Pinned bytes until Finish; null: there are none.
  void* Take(size_t bytes);
  size_t HeldBytes() const;
  void FreeBlocks();

  TrackedMemory& pinned_;
  std::vector<Block> blocks_;  // The last one has room behind `used_`, the others are done with.
  size_t used_ = 0;
  std::vector<Arrival> arrivals_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_KERNELS_PINNED_STAGING_H_
