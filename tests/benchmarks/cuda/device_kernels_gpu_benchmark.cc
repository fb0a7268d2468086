// The kernels that move rows, on a GPU: bytes that they must move over time, and that against a copy within the
// device's memory, measured in the same run. Results are compared with the CPU's before anything is timed.
//
//   device_kernels_gpu_benchmark --benchmark_filter=Sum
//
// Rows of 64 floats out of 2 million (512 MiB); places read them uniformly, or by Zipf's law with exponent 1.05, whose
// frequent rows stay in the cache. Every byte of rows counts as often as a place reads it, so Zipf's figures can exceed
// the copy's. Times are those of events on the device. Skipped, saying so, where there is no GPU.
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

std::vector<uint32_t> DrawRows(Skew skew, int64_t count) {
  constexpr double kExponent = 1.05;
  const double range = std::pow(static_cast<double>(kRows), 1 - kExponent) - 1;
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> uniform;
  std::vector<uint32_t> rows(count);
  for (uint32_t& row : rows) {
    const double u = uniform(random);
    const double rank = skew == kUniform ? u * kRows : std::pow(u * range + 1, 1 / (1 - kExponent)) - 1;
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
  std::vector<T> Get(const DeviceArray<T>& array, int64_t size) const {
    std::vector<T> values(size);
    device.memory->CopyToHost(array.data(), size * sizeof(T), values.data());
    Check(device.memory->Wait());
    return values;
  }

  ComputeDevice device;
  DeviceArray<float> table;
};

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

  // GB/s, read and written, of a copy of the table.
  double CopyBandwidth() {
    if (copy_bandwidth_ > 0) return copy_bandwidth_;
    DeviceArray<float> to = Room<float>(kRows * kDim);
    double best = 0;
    for (int run = 0; run < 20; ++run) {
      const double milliseconds = Time([&] {
        Check(CudaStatus(
            cudaMemcpyAsync(to.data(), table.data(), kRows * kRowBytes, cudaMemcpyDeviceToDevice, stream().get()),
            "cudaMemcpyAsync"));
      });
      best = std::max(best, 2.0 * kRows * kRowBytes / milliseconds / 1e6);
    }
    return copy_bandwidth_ = best;
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

void Measure(benchmark::State& state, int64_t bytes, const std::function<void()>& work) {
  Gpu& gpu = Gpu::Only();
  const double copy = gpu.CopyBandwidth();
  double milliseconds = 0;
  for (auto _ : state) {
    const double one = gpu.Time(work);
    milliseconds += one;
    state.SetIterationTime(one / 1e3);
  }
  const double bandwidth = static_cast<double>(bytes) * static_cast<double>(state.iterations()) / milliseconds / 1e6;
  state.counters["GB/s"] = bandwidth;
  state.counters["copy_GB/s"] = copy;
  state.counters["of_copy"] = bandwidth / copy;
  Check(gpu.device.memory->Wait());
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
  Gathering(Machine& machine, const std::vector<uint32_t>& places)
      : run([this, &machine, count = static_cast<int64_t>(places.size())] {
          machine.device.rows->GatherRows(machine.table.data(), kDim, index.data(), count, kDim, rows.data());
        }),
        index(machine.Put(places)),
        rows(machine.Room<float>(places.size() * kDim)) {}
  std::function<void()> run;
  DeviceArray<uint32_t> index;
  DeviceArray<float> rows;
};

void BM_Gather(benchmark::State& state) {
  const std::vector<uint32_t> places = DrawRows(static_cast<Skew>(state.range(1)), state.range(0));
  const auto count = static_cast<int64_t>(places.size());
  Gathering cpu(Cpu(), places);
  Gathering gpu(Gpu::Only(), places);
  cpu.run();
  gpu.run();
  if (!AreSame(state, Gpu::Only().Get(gpu.rows, count * kDim), Cpu().Get(cpu.rows, count * kDim), 0)) return;
  Measure(state, count * (2 * kRowBytes + kFloat), gpu.run);
}

// Adds one row a place, with a factor, up by the row that the place reads: the gradients of a table.
struct Summing {
  Summing(Machine& machine, const std::vector<uint32_t>& places)
      : grouping(&machine.device), factors(machine.Put(DrawFloats(places.size()))) {
    const DeviceArray<uint32_t> ids = machine.Put(places);
    Check(grouping.GroupIds(ids.data(), places.size(), kRows));
    num_rows = grouping.groups().num_rows;
    sums = std::make_unique<DeviceArray<float>>(machine.Room<float>(num_rows * kDim));
    partial_sums = std::make_unique<DeviceArray<float>>(
        machine.Room<float>(PlaceGroups::MaxChunks(places.size(), num_rows) * kDim));
    PlaceTerms terms;
    terms.dim = kDim;
    terms.source = machine.table.data();
    terms.stride = kDim;
    terms.factors = factors.data();
    run = [this, &machine, terms] {
      machine.device.rows->SumTerms(grouping.groups(), terms, kDim, /*add=*/false, partial_sums->data(), sums->data());
    };
  }
  PlaceGrouping grouping;
  DeviceArray<float> factors;
  int64_t num_rows = 0;
  std::unique_ptr<DeviceArray<float>> sums;
  std::unique_ptr<DeviceArray<float>> partial_sums;
  std::function<void()> run;
};

void BM_SegmentedSum(benchmark::State& state) {
  const std::vector<uint32_t> places = DrawRows(static_cast<Skew>(state.range(1)), state.range(0));
  const auto count = static_cast<int64_t>(places.size());
  Summing cpu(Cpu(), places);
  Summing gpu(Gpu::Only(), places);
  cpu.run();
  gpu.run();
  if (cpu.num_rows != gpu.num_rows) return Fail(state, "another number of distinct rows than on the CPU");
  if (!AreSame(state, Gpu::Only().Get(*gpu.sums, gpu.num_rows * kDim), Cpu().Get(*cpu.sums, cpu.num_rows * kDim), 0)) {
    return;
  }
  Measure(state, count * (kRowBytes + 2 * kFloat) + gpu.num_rows * kRowBytes, gpu.run);
}

// Scores, errors and gradients of the scores of a batch of ratings.
struct Rating {
  Rating(Machine& machine, const std::vector<uint32_t>& user_places, const std::vector<uint32_t>& item_places)
      : users(machine.Put(user_places)),
        items(machine.Put(item_places)),
        targets(machine.Put(DrawFloats(user_places.size()))),
        errors(machine.Room<float>(user_places.size())),
        gradients(machine.Room<float>(user_places.size())) {
    RatingBatch batch;
    batch.num_examples = static_cast<int64_t>(user_places.size());
    batch.dim = kDim;
    batch.users = {machine.table.data(), kDim, users.data()};
    batch.items = {machine.table.data(), kDim, items.data()};
    batch.targets = targets.data();
    batch.gradient_scale = 1;
    run = [this, &machine, batch] {
      machine.device.factorization->RateExamples(batch, {errors.data(), gradients.data()});
    };
  }
  DeviceArray<uint32_t> users;
  DeviceArray<uint32_t> items;
  DeviceArray<float> targets;
  DeviceArray<float> errors;
  DeviceArray<float> gradients;
  std::function<void()> run;
};

void BM_MatrixFactorization(benchmark::State& state) {
  const std::vector<uint32_t> users = DrawRows(static_cast<Skew>(state.range(1)), state.range(0));
  const std::vector<uint32_t> items(users.rbegin(), users.rend());
  const auto count = static_cast<int64_t>(users.size());
  Rating cpu(Cpu(), users, items);
  Rating gpu(Gpu::Only(), users, items);
  cpu.run();
  gpu.run();
  if (!AreSame(state, Gpu::Only().Get(gpu.gradients, count), Cpu().Get(cpu.gradients, count), 1e-5)) return;
  Measure(state, count * (2 * kRowBytes + 5 * kFloat), gpu.run);
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"places", "zipf"});
  for (const int64_t places : {int64_t{65536}, int64_t{1} << 20}) {
    for (const Skew skew : {kUniform, kZipf}) benchmark->Args({places, skew});
  }
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond);
}

BENCHMARK(BM_Gather)->Apply(Sizes);
BENCHMARK(BM_SegmentedSum)->Apply(Sizes);
BENCHMARK(BM_MatrixFactorization)->Apply(Sizes);

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
