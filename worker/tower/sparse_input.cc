#include "worker/tower/sparse_input.h"

#include <algorithm>

#include "absl/numeric/bits.h"
#include "worker/tower/sparse_input_kernels.h"

namespace shoal {
namespace {

// Where products by OpenBLAS are slower (tests/benchmarks/model/sparse_input_benchmark.cc).
constexpr double kMaxDensity = 0.4;
constexpr int64_t kMinRows = 32;
constexpr int kMinOutputs = kChunk;

int64_t Words(int64_t n) { return (n + kBitsOfWord - 1) / kBitsOfWord; }

}  // namespace

bool SparseInput::Take(ConstMatrixView x, float background, int outputs) {
  if (x.rows < kMinRows || outputs < kMinOutputs) return false;
  x_ = x;
  background_ = background;
  found_in_rows_.resize(Words(x.cols) * x.rows);
  FindInRows(x, background, found_in_rows_.data());
  int64_t found = 0;
  for (const uint64_t word : found_in_rows_) found += absl::popcount(word);
  return static_cast<double>(found) <= kMaxDensity * static_cast<double>(x.size());
}

float* SparseInput::PrepareChunk(int64_t rows) {
  dense_.Reserve(static_cast<size_t>(kBitsOfWord) * kChunk);
  first_.Reserve(kChunk);
  sums_.Reserve(rows * kChunk);
  return first_.data();
}

void SparseInput::MultiplyTransposed(ConstMatrixView w, MatrixView y) {
  float* const first = PrepareChunk(x_.rows);
  for (int chunk = 0; chunk < y.cols; chunk += kChunk) {
    const int outputs = std::min(kChunk, y.cols - chunk);
    ScaledRowSums({w.row(chunk), outputs, w.cols}, background_, first);
    for (int64_t word = 0; word < Words(x_.cols); ++word) {
      const int64_t begin = word * kBitsOfWord;
      const int cols = static_cast<int>(std::min<int64_t>(kBitsOfWord, x_.cols - begin));
      Transpose(w.row(chunk) + begin, w.cols, outputs, cols, dense_.data(), kChunk);
      const SparseBlock block = {x_.data + begin, x_.cols, 1, background_, x_.rows, &found_in_rows_[word * x_.rows]};
      AddToSums(block, word == 0);
    }
    for (int64_t i = 0; i < x_.rows; ++i) std::copy_n(sums_.data() + i * kChunk, outputs, y.row(i) + chunk);
  }
}

void SparseInput::MultiplyFromLeft(ConstMatrixView g, MatrixView product) {
  found_in_columns_.resize(Words(x_.rows) * x_.cols);
  FindInColumns(x_, background_, found_in_columns_.data());
  float* const first = PrepareChunk(x_.cols);
  for (int chunk = 0; chunk < g.cols; chunk += kChunk) {
    const int outputs = std::min(kChunk, g.cols - chunk);
    ScaledColumnSums(g, chunk, outputs, background_, first);
    for (int64_t word = 0; word < Words(x_.rows); ++word) {
      const int64_t begin = word * kBitsOfWord;
      const int64_t end = std::min<int64_t>(begin + kBitsOfWord, x_.rows);
      for (int64_t i = begin; i < end; ++i) {
        std::copy_n(g.row(i) + chunk, outputs, dense_.data() + (i - begin) * kChunk);
      }
      const SparseBlock block = {x_.row(begin), 1, x_.cols, background_, x_.cols, &found_in_columns_[word * x_.cols]};
      AddToSums(block, word == 0);
    }
    Transpose(sums_.data(), kChunk, x_.cols, outputs, product.row(chunk), product.cols);
  }
}

void SparseInput::AddToSums(const SparseBlock& block, bool is_first) {
  AddSparseProduct(block, dense_.data(), is_first ? first_.data() : sums_.data(), is_first ? 0 : kChunk, sums_.data());
}

}  // namespace shoal
