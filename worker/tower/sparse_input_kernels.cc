#include "worker/tower/sparse_input_kernels.h"

#include <algorithm>

#include "common/simd/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "worker/tower/sparse_input_kernels.cc"
// clang-format off: foreach_target.h comes first.
#include "hwy/foreach_target.h"  // Compiles the rest once for each instruction set.
// clang-format on

#include "common/simd/vector_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace shoal {
namespace HWY_NAMESPACE {

// By equality: what != makes of NaN differs between instruction sets.
uint64_t FindInRun(const float* run, size_t n, FloatVector background) {
  uint64_t word = 0;
  ForEachVector(0, n, [&](auto at) HWY_ATTR {
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(FloatTag(), hn::Not(at.Load(run) == background), bytes);
    word |= static_cast<uint64_t>(bytes[0] | bytes[1] << 8) << at.offset;
  });
  // Past the run's end zeros were compared.
  return n < kBitsOfWord ? word & ((uint64_t{1} << n) - 1) : word;
}

void FindInRowsKernel(ConstMatrixView x, float background, uint64_t* bits) {
  const FloatVector backgrounds = hn::Set(FloatTag(), background);
  for (int64_t i = 0; i < x.rows; ++i) {
    for (int begin = 0; begin < x.cols; begin += kBitsOfWord) {
      bits[begin / kBitsOfWord * x.rows + i] =
          FindInRun(x.row(i) + begin, std::min(kBitsOfWord, x.cols - begin), backgrounds);
    }
  }
}

// The bits of up to 32 rows, a lane for each column.
template <class Access>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<FloatTag>> FindInFewRows(ConstMatrixView x, int64_t begin, int64_t end,
                                                                 Access at, FloatVector background) {
  const hn::RebindToUnsigned<FloatTag> d;
  auto found = hn::Zero(d);
  for (int64_t i = begin; i < end; ++i) {
    const auto bit = hn::Set(d, uint32_t{1} << (i - begin));
    const auto same = hn::BitCast(d, hn::VecFromMask(FloatTag(), at.Load(x.row(i)) == background));
    found = hn::Or(found, hn::AndNot(same, bit));
  }
  return found;
}

void FindInColumnsKernel(ConstMatrixView x, float background, uint64_t* bits) {
  const hn::RebindToUnsigned<FloatTag> d;
  const FloatVector backgrounds = hn::Set(FloatTag(), background);
  for (int64_t begin = 0; begin < x.rows; begin += kBitsOfWord, bits += x.cols) {
    const int64_t middle = std::min(begin + kBitsOfWord / 2, x.rows);
    const int64_t end = std::min(begin + kBitsOfWord, x.rows);
    ForEachVector(0, x.cols, [&](auto at) HWY_ATTR {
      alignas(64) uint32_t low[kLanes];
      alignas(64) uint32_t high[kLanes];
      hn::Store(FindInFewRows(x, begin, middle, at, backgrounds), d, low);
      hn::Store(FindInFewRows(x, middle, end, at, backgrounds), d, high);
      const size_t lanes = std::min(kLanes, x.cols - at.offset);
      for (size_t l = 0; l < lanes; ++l) bits[at.offset + l] = low[l] | static_cast<uint64_t>(high[l]) << 32;
    });
  }
}

// As many as leave the registers of every instruction set room for the factors.
constexpr size_t kSums = 8;

void AddSparseProductKernel(const SparseBlock& block, const float* dense, const float* start, int64_t start_stride,
                            float* sums) {
  static_assert(kChunk % (kSums * kLanes) == 0);
  const FloatTag d;
  for (int64_t i = 0; i < block.rows; ++i) {
    const float* const values = block.values + i * block.row_stride;
    for (size_t begin = 0; begin < kChunk; begin += kSums * kLanes) {
      FloatVector sum[kSums];
      for (size_t s = 0; s < kSums; ++s) sum[s] = hn::LoadU(d, start + i * start_stride + begin + s * kLanes);
      for (uint64_t bits = block.bits[i]; bits != 0; bits &= bits - 1) {
        const auto k = static_cast<int64_t>(hwy::Num0BitsBelowLS1Bit_Nonzero64(bits));
        const FloatVector value = hn::Set(d, values[k * block.col_stride] - block.background);
        const float* const row = dense + k * kChunk + begin;
        for (size_t s = 0; s < kSums; ++s) sum[s] = hn::MulAdd(value, hn::LoadU(d, row + s * kLanes), sum[s]);
      }
      for (size_t s = 0; s < kSums; ++s) hn::StoreU(sum[s], d, sums + i * kChunk + begin + s * kLanes);
    }
  }
}

#if HWY_TARGET == HWY_SCALAR

constexpr int kSide = 1;
HWY_INLINE void TransposeTile(const float* from, int64_t, float* to, int64_t) { *to = *from; }

#else

constexpr int kSide = 4;
HWY_INLINE void TransposeTile(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  const hn::Full128<float> d;
  const auto row0 = hn::LoadU(d, from);
  const auto row1 = hn::LoadU(d, from + from_stride);
  const auto row2 = hn::LoadU(d, from + 2 * from_stride);
  const auto row3 = hn::LoadU(d, from + 3 * from_stride);
  const auto low_even = hn::InterleaveLower(d, row0, row2);
  const auto low_odd = hn::InterleaveLower(d, row1, row3);
  const auto high_even = hn::InterleaveUpper(d, row0, row2);
  const auto high_odd = hn::InterleaveUpper(d, row1, row3);
  hn::StoreU(hn::InterleaveLower(d, low_even, low_odd), d, to);
  hn::StoreU(hn::InterleaveUpper(d, low_even, low_odd), d, to + to_stride);
  hn::StoreU(hn::InterleaveLower(d, high_even, high_odd), d, to + 2 * to_stride);
  hn::StoreU(hn::InterleaveUpper(d, high_even, high_odd), d, to + 3 * to_stride);
}

#endif

void TransposeKernel(const float* from, int64_t from_stride, int rows, int cols, float* to, int64_t to_stride) {
  const int whole_rows = rows / kSide * kSide;
  const int whole_cols = cols / kSide * kSide;
  for (int i = 0; i < whole_rows; i += kSide) {
    for (int j = 0; j < whole_cols; j += kSide) {
      TransposeTile(from + i * from_stride + j, from_stride, to + j * to_stride + i, to_stride);
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int j = i < whole_rows ? whole_cols : 0; j < cols; ++j) to[j * to_stride + i] = from[i * from_stride + j];
  }
}

float SumOfRow(const float* x, size_t n) {
  return SumOverRun(n, [&](auto at, FloatVector sum) HWY_ATTR { return sum + at.Load(x); });
}

void ScaledRowSumsKernel(ConstMatrixView x, float scale, float* sums) {
  for (int64_t i = 0; i < x.rows; ++i) sums[i] = scale * SumOfRow(x.row(i), x.cols);
}

void ScaledColumnSumsKernel(ConstMatrixView x, int begin, int count, float scale, float* sums) {
  ForEachVector(0, count, [&](auto at) HWY_ATTR {
    FloatVector sum = hn::Zero(FloatTag());
    for (int64_t i = 0; i < x.rows; ++i) sum = sum + at.Load(x.row(i) + begin);
    at.Store(hn::Set(FloatTag(), scale) * sum, sums);
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace shoal
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal {

HWY_EXPORT(FindInRowsKernel);
HWY_EXPORT(FindInColumnsKernel);
HWY_EXPORT(AddSparseProductKernel);
HWY_EXPORT(TransposeKernel);
HWY_EXPORT(ScaledRowSumsKernel);
HWY_EXPORT(ScaledColumnSumsKernel);

void FindInRows(ConstMatrixView x, float background, uint64_t* bits) {
  HWY_DYNAMIC_DISPATCH(FindInRowsKernel)(x, background, bits);
}

void FindInColumns(ConstMatrixView x, float background, uint64_t* bits) {
  HWY_DYNAMIC_DISPATCH(FindInColumnsKernel)(x, background, bits);
}

void AddSparseProduct(const SparseBlock& block, const float* dense, const float* start, int64_t start_stride,
                      float* sums) {
  HWY_DYNAMIC_DISPATCH(AddSparseProductKernel)(block, dense, start, start_stride, sums);
}

void Transpose(const float* from, int64_t from_stride, int rows, int cols, float* to, int64_t to_stride) {
  HWY_DYNAMIC_DISPATCH(TransposeKernel)(from, from_stride, rows, cols, to, to_stride);
}

void ScaledRowSums(ConstMatrixView x, float scale, float* sums) {
  HWY_DYNAMIC_DISPATCH(ScaledRowSumsKernel)(x, scale, sums);
}

void ScaledColumnSums(ConstMatrixView x, int begin, int count, float scale, float* sums) {
  HWY_DYNAMIC_DISPATCH(ScaledColumnSumsKernel)(x, begin, count, scale, sums);
}

}  // namespace shoal
#endif  // HWY_ONCE
