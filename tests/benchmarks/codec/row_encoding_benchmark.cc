// Speed of writing rows into a message and of reading them from it on one thread, in rows a second; each setting is
// verified first. FLOAT32, a copy, is what the 16-bit types compare with.
//
// Arguments: type (0 FLOAT32, 1 BFLOAT16, 2 FLOAT16), floats a row. 4,096 rows.
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/codec/row_encoding.h"
#include "google/protobuf/io/coded_stream.h"

namespace shoal {
namespace {

constexpr int kRows = 4096;

class Rows {
 public:
  explicit Rows(const benchmark::State& state)
      : dtype_(static_cast<DType>(state.range(0))),
        width_(static_cast<int>(state.range(1))),
        floats_(static_cast<size_t>(kRows) * width_),
        encoded_(kRows * EncodedBytes(dtype_, width_)),
        decoded_(floats_.size()) {
    std::mt19937 random(1);
    for (float& value : floats_) value = std::normal_distribution<float>()(random);
  }

  void Encode() {
    const RowEncoder encoder(dtype_, 1, 2, 3, RowEncoder::kServer);
    uint8_t* out = encoded_.data();
    for (int row = 0; row < kRows; ++row) out = encoder.Encode(row, floats_.data() + row * width_, width_, out);
  }

  bool Decode() {
    google::protobuf::io::CodedInputStream input(encoded_.data(), static_cast<int>(encoded_.size()));
    RowDecoder decoder(dtype_, width_);
    bool ok = true;
    for (int row = 0; row < kRows; ++row) ok &= decoder.Read(&input, decoded_.data() + row * width_);
    return ok;
  }

  bool AreRight() {
    constexpr double kLargestError[] = {0, 0x1p-7, 0x1p-10};
    Encode();
    if (!Decode()) return false;
    for (size_t i = 0; i < floats_.size(); ++i) {
      if (std::fabs(decoded_[i] - floats_[i]) > kLargestError[dtype_] * std::fabs(floats_[i]) + 0x1p-24) return false;
    }
    return true;
  }

 private:
  const DType dtype_;
  const int width_;
  std::vector<float> floats_;
  std::vector<uint8_t> encoded_;
  std::vector<float> decoded_;
};

template <class Work>
void Run(benchmark::State& state, const Work& work) {
  Rows rows(state);
  if (!rows.AreRight()) {
    state.SkipWithError("the rows are not what was encoded");
    return;
  }
  for (auto _ : state) {
    work(rows);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void BM_Encode(benchmark::State& state) {
  Run(state, [](Rows& rows) { rows.Encode(); });
}
void BM_Decode(benchmark::State& state) {
  Run(state, [](Rows& rows) { benchmark::DoNotOptimize(rows.Decode()); });
}

BENCHMARK(BM_Encode)->ArgNames({"type", "width"})->ArgsProduct({{0, 1, 2}, {1, 50, 64, 256}});
BENCHMARK(BM_Decode)->ArgNames({"type", "width"})->ArgsProduct({{0, 1, 2}, {1, 50, 64, 256}});

}  // namespace
}  // namespace shoal
