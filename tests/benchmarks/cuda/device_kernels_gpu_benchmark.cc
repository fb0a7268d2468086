// The kernels that move rows, and the sort before them, on a GPU: bytes that they must move over time, and that against
// a copy within the device's memory, measured in the same run. Results are compared with the CPU's before anything is
// timed.
//
//   device_kernels_gpu_benchmark --benchmark_filter=Sum
//
// Rows of 64 floats out of 2 million (512 MiB); places read them uniformly, or by Zipf's law with exponent 1.05, whose
// frequent rows stay in the cache. Every byte of rows counts as often as a place reads it, so Zipf's figures can exceed
// the copy's. A measurement takes several batches in turn, whose rows and results are together more than the cache of a
// GPU holds. Times are those of events on the device around all of them; medians count. Skipped, saying so, where there
// is no GPU.
#include <benchmark/benchmark.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/gpu_absence.h"
#include "worker/cuda/cuda_allocator.h"
#include "worker/cuda/cuda_devices.h"
#include "worker/cuda/cuda_status.h"
#include "worker/cuda/cuda_stream.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/kernels/cuda_compute_device.h"
#include "worker/cuda/kernels/place_grouping.h"

namespace shoal {
namespace {

constexpr uint32_t kSeed = 20260803;
constexpr int64_t kRows = int64_t{2} << 20;
constexpr int kDim = 64;
constexpr int64_t kFloat = sizeof(float);
constexpr int64_t kRowBytes = kDim * kFloat;
constexpr int kBatches = 8;  // 65,536 rows each are 128 MiB; an H200's cache has 60 MB.

enum Skew { kUniform, kZipf };

// A benchmark has nobody to return an error to.
void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::abort();
}
template <class T>
T Check(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

// What a batch reads; each has a number.
struct Places {
  int64_t count;
  Skew skew;
  int batch;
};

std::vector<uint32_t> DrawRows(const Places& places) {
  constexpr double kExponent = 1.05;
  const double range = std::pow(static_cast<double>(kRows), 1 - kExponent) - 1;
  std::mt19937_64 random(kSeed + places.batch);
  std::uniform_real_distribution<double> uniform;
  std::vector<uint32_t> rows(places.count);
  for (uint32_t& row : rows) {
    const double u = uniform(random);
    const double rank = places.skew == kUniform ? u * kRows : std::pow(u * range + 1, 1 / (1 - kExponent)) - 1;
    // Frequent rows lie anywhere, as hashed ids do: an odd factor permutes a power of two.
    row = static_cast<uint32_t>(static_cast<uint64_t>(rank) * 2654435761u % kRows);
  }
  return rows;
}

std::vector<float> DrawFloats(int64_t count) {
  std::mt19937 random(kSeed);
  std::vector<float> floats(count);
  for (float& value : floats) value = static_cast<float>(random() % 2048) / 1024 - 1;
  return floats;
}

// A device with the table on it.
struct Machine {
  explicit Machine(ComputeDevice compute) : device(std::move(compute)), table(device.memory.get(), "the table") {
    Check(table.Assign(Table()));
    Check(device.memory->Wait());
  }
  static const std::vector<float>& Table() {
    static const auto* const floats = new std::vector<float>(DrawFloats(kRows * kDim));
    return *floats;
  }

  template <class T>
  DeviceArray<T> Put(const std::vector<T>& values) const {
    DeviceArray<T> array(device.memory.get(), "a benchmark's array");
    Check(array.Assign(values));
    Check(device.memory->Wait());
    return array;
  }
  template <class T>
  DeviceArray<T> Room(int64_t size) const {
    DeviceArray<T> array(device.memory.get(), "a benchmark's array");
    Check(array.Reserve(size));
    return array;
  }
  template <class T>
  std::vector<T> Get(const T* data, int64_t size) const {
    std::vector<T> values(size);
    device.memory->CopyToHost(data, size * sizeof(T), values.data());
    Check(device.memory->Wait());
    return values;
  }

  ComputeDevice device;
  DeviceArray<float> table;
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Gpu : public Machine {
 public:
  static Gpu& Only() {
    static auto* const gpu = new Gpu();
    return *gpu;
  }

  // Milliseconds of what `work` gives to the stream.
  double Time(const std::function<void()>& work) {
    Check(stream().Record(begin_));
    work();
    Check(stream().Record(end_));
    Check(end_.Synchronize());
    return Check(CudaEvent::MillisecondsBetween(begin_, end_));
  }

  // GB/s, read and written, of copies of the table.
  double CopyBandwidth() {
    if (copy_bandwidth_ > 0) return copy_bandwidth_;
    DeviceArray<float> to = Room<float>(kRows * kDim);
    const auto copy = [&] {
      Check(CudaStatus(
          cudaMemcpyAsync(to.data(), table.data(), kRows * kRowBytes, cudaMemcpyDeviceToDevice, stream().get()),
          "cudaMemcpyAsync"));
    };
    std::vector<double> milliseconds;
    for (int run = 0; run < 21; ++run) {
      milliseconds.push_back(Time([&] {
        for (int i = 0; i < kBatches; ++i) copy();
      }));
    }
    return copy_bandwidth_ = 2.0 * kBatches * kRows * kRowBytes / Median(milliseconds) / 1e6;
  }

 private:
  static const CudaStream& stream() {
    static const auto* const stream = new CudaStream(Check(CudaStream::Create()));
    return *stream;
  }
  static CudaAllocator* allocator() {
    static auto* const allocator = new CudaAllocator();
    return allocator;
  }

  Gpu()
      : Machine(Check(MakeCudaComputeDevice(stream(), allocator()))),
        begin_(Check(CudaEvent::Create(CudaEvent::Timing::kYes))),
        end_(Check(CudaEvent::Create(CudaEvent::Timing::kYes))) {}

  const CudaEvent begin_;
  const CudaEvent end_;
  double copy_bandwidth_ = 0;
};

Machine& Cpu() {
  static auto* const cpu = new Machine(MakeHostDevice());
  return *cpu;
}

// Ends a benchmark whose answer is wrong, and with it, at last, the program with status 1.
bool any_failed = false;
void Fail(benchmark::State& state, const std::string& why) {
  any_failed = true;
  state.SkipWithError(why.c_str());
}

// Whether two results are the same, to the bit or to a share of the largest; fails the benchmark if not.
bool AreSame(benchmark::State& state, const std::vector<float>& gpu, const std::vector<float>& cpu, double tolerance) {
  double largest = 0;
  for (const float value : cpu) largest = std::max(largest, static_cast<double>(std::fabs(value)));
  if (gpu.size() != cpu.size()) {
    Fail(state, "another number of distinct rows than on the CPU");
    return false;
  }
  for (size_t i = 0; i < cpu.size(); ++i) {
    if (std::fabs(gpu[i] - cpu[i]) > tolerance * largest || std::isnan(gpu[i])) {
      Fail(state,
           "float " + std::to_string(i) + " is " + std::to_string(gpu[i]) + ", on the CPU " + std::to_string(cpu[i]));
      return false;
    }
  }
  return true;
}

struct Gathering {
  static constexpr double kTolerance = 0;

  Gathering(Machine& on, const Places& places)
      : machine(on), count(places.count), index(on.Put(DrawRows(places))), rows(on.Room<float>(count * kDim)) {}
  void Run() { machine.device.rows->GatherRows(machine.table.data(), kDim, index.data(), count, kDim, rows.data()); }
  std::vector<float> Result() const { return machine.Get(rows.data(), count * kDim); }
  int64_t bytes() const { return count * (2 * kRowBytes + kFloat); }

  Machine& machine;
  int64_t count;
  DeviceArray<uint32_t> index;
  DeviceArray<float> rows;
};

// The places of a batch, by its distinct rows.
PlaceGrouping GroupPlaces(const Machine& machine, const std::vector<uint32_t>& places) {
  PlaceGrouping grouping(&machine.device);
  const DeviceArray<uint32_t> ids = machine.Put(places);
  Check(grouping.GroupIds(ids.data(), static_cast<int64_t>(places.size()), kRows));
  return grouping;
}

// Sorts the places of a batch by their rows, which are numbered already, and finds where each row's begin.
struct Sorting {
  static constexpr double kTolerance = 0;

  Sorting(Machine& on, const Places& places)
      : machine(on),
        count(places.count),
        numbered(GroupPlaces(on, DrawRows(places))),
        num_rows(numbered.groups().num_rows),
        grouping(&on.device) {}
  void Run() { Check(grouping.Group(numbered.row_of_place(), count, num_rows)); }
  std::vector<float> Result() const {
    std::vector<uint32_t> numbers = machine.Get(grouping.groups().places, count);
    const std::vector<uint32_t> begins = machine.Get(grouping.groups().begins, num_rows + 1);
    numbers.insert(numbers.end(), begins.begin(), begins.end());
    return {numbers.begin(), numbers.end()};  // Below 2^24: exact.
  }
  int64_t bytes() const { return (3 * count + num_rows) * kFloat; }

  Machine& machine;
  int64_t count;
  PlaceGrouping numbered;
  int64_t num_rows;
  PlaceGrouping grouping;
};

// Adds one row a place, with a factor, up by the row that the place reads: the gradients of a table.
struct Summing {
  static constexpr double kTolerance = 0;

  Summing(Machine& on, const Places& places)
      : machine(on),
        count(places.count),
        grouping(GroupPlaces(on, DrawRows(places))),
        num_rows(grouping.groups().num_rows),
        factors(on.Put(DrawFloats(count))),
        sums(on.Room<float>(num_rows * kDim)),
        partial_sums(on.Room<float>(PlaceGroups::MaxChunks(count, num_rows) * kDim)) {
    terms.dim = kDim;
    terms.source = on.table.data() + places.batch * count % kRows * kDim;
    terms.stride = kDim;
    terms.factors = factors.data();
  }
  void Run() {
    machine.device.rows->SumTerms(grouping.groups(), terms, kDim, /*add=*/false, partial_sums.data(), sums.data());
  }
  std::vector<float> Result() const { return machine.Get(sums.data(), num_rows * kDim); }
  int64_t bytes() const { return count * (kRowBytes + 2 * kFloat) + num_rows * kRowBytes; }

  Machine& machine;
  int64_t count;
  PlaceGrouping grouping;
  int64_t num_rows;
  DeviceArray<float> factors;
  DeviceArray<float> sums;
  DeviceArray<float> partial_sums;
  PlaceTerms terms;
};

// The same of the rows of the other side, as matrix factorisation's backward pass: which one an index says.
struct IndexedSumming : Summing {
  IndexedSumming(Machine& on, const Places& places) : Summing(on, places), others(GroupPlaces(on, Reversed(places))) {
    terms.index = others.row_of_place();
  }
  static std::vector<uint32_t> Reversed(const Places& places) {
    const std::vector<uint32_t> rows = DrawRows(places);
    return {rows.rbegin(), rows.rend()};
  }
  int64_t bytes() const { return Summing::bytes() + count * kFloat; }

  PlaceGrouping others;
};

// Scores, errors and gradients of the scores of a batch of ratings.
struct Rating {
  static constexpr double kTolerance = 1e-5;

  Rating(Machine& on, const Places& places)
      : machine(on),
        count(places.count),
        users(on.Put(DrawRows(places))),
        items(on.Put(IndexedSumming::Reversed(places))),
        targets(on.Put(DrawFloats(count))),
        errors(on.Room<float>(count)),
        gradients(on.Room<float>(count)) {
    batch.num_examples = count;
    batch.dim = kDim;
    batch.users = {on.table.data(), kDim, users.data()};
    batch.items = {on.table.data(), kDim, items.data()};
    batch.targets = targets.data();
    batch.gradient_scale = 1;
  }
  void Run() { machine.device.factorization->RateExamples(batch, {errors.data(), gradients.data()}); }
  std::vector<float> Result() const { return machine.Get(gradients.data(), count); }
  int64_t bytes() const { return count * (2 * kRowBytes + 5 * kFloat); }

  Machine& machine;
  int64_t count;
  DeviceArray<uint32_t> users;
  DeviceArray<uint32_t> items;
  DeviceArray<float> targets;
  DeviceArray<float> errors;
  DeviceArray<float> gradients;
  RatingBatch batch;
};

void Measure(benchmark::State& state, int64_t bytes, const std::function<void()>& work) {
  Gpu& gpu = Gpu::Only();
  const double copy = gpu.CopyBandwidth();
  std::vector<double> milliseconds;
  for (auto _ : state) {
    milliseconds.push_back(gpu.Time(work));
    state.SetIterationTime(milliseconds.back() / kBatches / 1e3);
  }
  const double median = Median(milliseconds);
  const double bandwidth = static_cast<double>(bytes) / median / 1e6;
  state.counters["median_us"] = median / kBatches * 1e3;
  state.counters["GB/s"] = bandwidth;
  state.counters["copy_GB/s"] = copy;
  state.counters["of_copy"] = bandwidth / copy;
  Check(gpu.device.memory->Wait());
}

// Compares the first batch's result with the CPU's, then measures all batches.
template <class Work>
void Run(benchmark::State& state) {
  Places places = {state.range(0), static_cast<Skew>(state.range(1)), /*batch=*/0};
  Work cpu(Cpu(), places);
  cpu.Run();
  std::vector<std::unique_ptr<Work>> batches;
  int64_t bytes = 0;
  for (; places.batch < kBatches; ++places.batch) {
    batches.push_back(std::make_unique<Work>(Gpu::Only(), places));
    batches.back()->Run();
    bytes += batches.back()->bytes();
  }
  if (!AreSame(state, batches[0]->Result(), cpu.Result(), Work::kTolerance)) return;
  Measure(state, bytes, [&] {
    for (const auto& batch : batches) batch->Run();
  });
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"places", "zipf"});
  for (const int64_t places : {int64_t{65536}, int64_t{1} << 20}) {
    for (const Skew skew : {kUniform, kZipf}) benchmark->Args({places, skew});
  }
  // Given, since the batches would be made anew for each guess.
  benchmark->UseManualTime()->Iterations(50)->Unit(benchmark::kMicrosecond);
}

BENCHMARK(Run<Gathering>)->Name("Gather")->Apply(Sizes);
BENCHMARK(Run<Sorting>)->Name("Sort")->Apply(Sizes);
BENCHMARK(Run<Summing>)->Name("SegmentedSum")->Apply(Sizes);
BENCHMARK(Run<IndexedSumming>)->Name("IndexedSegmentedSum")->Apply(Sizes);
BENCHMARK(Run<Rating>)->Name("MatrixFactorization")->Apply(Sizes);

}  // namespace
}  // namespace shoal

int main(int argc, char** argv) {
  const auto devices = shoal::ListCudaDevices();
  if (shoal::MaySkipWithoutGpu(devices.status())) {
    std::cout << "skipped: no GPU: " << devices.status().message() << "\n";
    return 0;
  }
  if (!devices.ok()) {
    std::cerr << devices.status() << "\n";
    return 1;
  }
  std::cout << shoal::DeviceTitle(devices->front()) << "\n";
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return shoal::any_failed ? 1 : 0;
}
