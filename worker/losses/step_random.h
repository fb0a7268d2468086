// Random numbers of one step, as a pure function of (seed, purpose, step, stream, draw): the same on every worker, and
// whatever the number of workers, if streams count positions in the global batch.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_LOSSES_STEP_RANDOM_H_
#define SHOAL_WORKER_LOSSES_STEP_RANDOM_H_

#include <cstdint>

#include "absl/numeric/int128.h"
#include "common/initializer/philox.h"

namespace shoal {

class StepRandom {
 public:
  // What the numbers are for: purposes of one seed are unrelated. The values must not change; 4 is that of rows that
  // are rounded (common/codec/row_encoding.cc).
  enum class Purpose : uint64_t { kTripletNegatives = 1, kClassNegatives = 2, kItemNegatives = 3 };

  StepRandom(Purpose purpose, uint64_t seed, int64_t step)
      : key_(Low64(Philox(seed, static_cast<uint64_t>(purpose), static_cast<uint64_t>(step)))) {}

  // By which devices draw the same numbers.
  uint64_t key() const { return key_; }

  // Uniform in [0, bound), to within 2^-64 of each number. REQUIRES: bound >= 1.
  int64_t Below(int64_t bound, int64_t stream, int64_t draw) const {
    return static_cast<int64_t>(absl::Uint128High64(absl::uint128(Bits(stream, draw)) * bound));
  }

  // Uniform in (0, 1).
  double Unit(int64_t stream, int64_t draw) const {
    return (static_cast<double>(Bits(stream, draw) >> 12) + 0.5) * 0x1p-52;
  }

 private:
  uint64_t Bits(int64_t stream, int64_t draw) const {
    return Low64(Philox(key_, static_cast<uint64_t>(stream), static_cast<uint64_t>(draw)));
  }

  uint64_t key_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_STEP_RANDOM_H_
