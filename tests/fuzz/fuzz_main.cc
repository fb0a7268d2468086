// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace shoal {
namespace {

// The new size; inputs that do not fit leave the data as it is.
size_t BeginAnew(std::mt19937_64* random, uint8_t* data, size_t size, size_t max_size) {
  const std::string input = ValidInput(random);
  const absl::Status status = ReadInput(input);
  Require(status.ok(), absl::StrCat("a valid input is refused: ", status.ToString()));
  if (input.size() > max_size) return size;
  std::copy(input.begin(), input.end(), data);
  return input.size();
}

// Repeats a short piece until the input is full: nesting, and lists of many small things.
size_t Repeat(std::mt19937_64* random, uint8_t* data, size_t size, size_t max_size) {
  if (size == 0) return 0;
  constexpr size_t kMaxPiece = 32;
  const size_t begin = (*random)() % size;
  const size_t piece = 1 + (*random)() % std::min(kMaxPiece, size - begin);
  const size_t added = (*random)() % (max_size - size + 1) / piece * piece;
  std::copy_backward(data + begin, data + size, data + size + added);
  for (size_t i = 0; i < added; ++i) data[begin + piece + i] = data[begin + i];
  return size + added;
}

}  // namespace

void Require(bool holds, absl::string_view what) {
  if (holds) return;
  std::cerr << what << std::endl;
  std::abort();
}

}  // namespace shoal

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  shoal::ReadInput(absl::string_view(reinterpret_cast<const char*>(data), size)).IgnoreError();
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  std::mt19937_64 random(seed);
  switch (random() % 16) {
    case 0:
      return shoal::BeginAnew(&random, data, size, max_size);
    case 1:
      return LLVMFuzzerMutate(data, shoal::BeginAnew(&random, data, size, max_size), max_size);
    case 2:
      return shoal::Repeat(&random, data, size, max_size);
    default:
      return LLVMFuzzerMutate(data, size, max_size);
  }
}
