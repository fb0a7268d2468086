#include "worker/compute/device_memory_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/config/find_column.h"
#include "common/config/find_table.h"
#include "common/config/tower_inputs.h"
#include "common/optimizer/row_layout.h"
#include "common/optimizer/row_optimizer.h"
#include "worker/cache/row_cache_plan.h"

namespace shoal {
namespace {

constexpr int64_t kFloat = sizeof(float);
constexpr int64_t kIndex = sizeof(uint32_t);
// worker/cuda/kernels/row_kernels.h.
constexpr int64_t kPlacesPerChunk = 128;
// At most what an optimizer keeps of a step (common/optimizer), and beside.
constexpr int64_t kOptimizerBytesPerStep = 48;
constexpr int64_t kOptimizerBytes = 4096;
// Of CUB's radix sort beside its second copy of keys and places; of cuBLAS (worker/cuda/cublas_handle.h).
constexpr int64_t kSortScratch = int64_t{4} << 20;
constexpr int64_t kCublasWorkspace = int64_t{32} << 20;

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// With what a buffer may have grown beyond the need.
int64_t Grown(int64_t bytes) { return bytes + bytes / 2; }

// What a batch reads of a table.
struct TableReads {
  int64_t places = 0;  // Ids, at most; -1: the job does not say how many.
  int lookups = 0;
};

class Planner {
 public:
  explicit Planner(const ResolvedJob& job)
      : job_(job.job()), images_(job.images()), total_steps_(job.total_steps()), row_cache_(PlanRowCache(job).value()) {
    const int64_t workers = job_.cluster().workers();
    const int64_t train =
        std::min<int64_t>(job_.training().batch_size(), std::max<int64_t>(job.num_train_examples(), 1));
    const int64_t validation =
        std::min<int64_t>(job_.training().validation_batch_size(), job.num_validation_examples());
    examples_ = CeilDiv(std::max(train, validation), workers);
  }

  DeviceMemoryPlan Plan() {
    switch (job_.model().model_case()) {
      case ModelConfig::kMatrixFactorization:
        PlanMatrixFactorization(job_.model().matrix_factorization());
        break;
      case ModelConfig::kImplicitFactorization:
        PlanImplicitFactorization(job_.model().implicit_factorization());
        break;
      case ModelConfig::kNetwork:
        PlanNetwork(job_.model().network());
        break;
      case ModelConfig::MODEL_NOT_SET:
        break;
    }
    AddLookups();
    Add("cuBLAS workspace", kCublasWorkspace);
    return std::move(plan_);
  }

 private:
  void Add(std::string name, int64_t bytes) {
    if (bytes > 0) plan_.entries.push_back({std::move(name), bytes});
  }

  // Each example reads so many rows of the table; 0: all examples read row 0.
  void Read(const std::string& table, int64_t places_per_example) {
    TableReads& reads = reads_[table];
    reads.places += std::max<int64_t>(places_per_example, 1) * examples_;
    ++reads.lookups;
  }
  void ReadBag(const std::string& table, const std::string& column) {
    reads_[table].places = -1;
    plan_.not_counted.push_back(absl::StrCat("ids of column '", column, "', any number of them an example"));
  }

  void PlanMatrixFactorization(const MatrixFactorization& model) {
    Read(model.user().table(), 1);
    Read(model.item().table(), 1);
    if (model.has_user_bias_table()) Read(model.user_bias_table(), 1);
    if (model.has_item_bias_table()) Read(model.item_bias_table(), 1);
    if (model.has_global_bias_table()) Read(model.global_bias_table(), 0);
    // Targets, errors and gradients of the scores.
    Add("examples", Grown(3 * examples_ * kFloat));
  }

  void PlanImplicitFactorization(const ImplicitFactorization& model) {
    const int64_t items = 1 + model.num_negatives();
    Read(model.user().table(), items);
    Read(model.item().table(), items);
    if (model.has_item_bias_table()) Read(model.item_bias_table(), items);
    // Scores, losses and pairs in double; gradients; users, items and their biases by place.
    Add("examples", Grown(examples_ * items * (int64_t{sizeof(double)} + kFloat + 3 * kIndex) +
                          2 * examples_ * int64_t{sizeof(double)}));
  }

  void PlanNetwork(const Network& network) {
    const int64_t parts = 1 + network.members_size();
    for (const InputFeature& feature : network.features()) {
      if (feature.has_id()) Read(feature.id().table(), parts * IdsPerExample(job_.data(), feature.id().column()));
      if (feature.has_bag()) ReadBag(feature.bag().table(), feature.bag().column());
    }
    if (network.loss().has_sampled_softmax()) {
      const SampledSoftmax& softmax = network.loss().sampled_softmax();
      Read(softmax.table(), 1 + CeilDiv(softmax.num_sampled(), examples_));
      if (softmax.has_bias_table()) Read(softmax.bias_table(), 1 + CeilDiv(softmax.num_sampled(), examples_));
    }
    PlanTower(network, FindTowerInputs(job_, images_).value_or(0), parts * examples_);
  }

  // Outputs and their gradients, of features and layers; values and gradients of parameters.
  void PlanTower(const Network& network, int64_t in_features, int64_t rows) {
    int64_t width = in_features;
    int64_t widths = width;
    int64_t parameters = 0;
    for (const Layer& layer : network.tower()) {
      if (layer.has_linear()) {
        const int64_t out = layer.linear().out_features();
        parameters += (width + (layer.linear().bias() ? 1 : 0)) * out;
        width = out;
      }
      if (layer.has_prelu()) parameters += layer.prelu().num_parameters();
      if (layer.has_layer_norm()) parameters += 2 * width;
      widths += width;
    }
    Add("tower: inputs, outputs and their gradients", Grown(2 * rows * widths * kFloat));
    Add("tower: parameters and their gradients", Grown(2 * parameters * kFloat));
  }

  void AddLookups() {
    int64_t grouping = 0;
    int64_t partial_sums = 0;
    int64_t most_places = 0;
    for (const auto& [name, reads] : reads_) {
      const int number = FindTable(job_, name).value();
      const TableConfig& table = job_.tables(number);
      const int64_t all = table.num_embeddings();
      const int64_t rows = reads.places < 0 ? all : std::min(all, reads.places);
      if (row_cache_[number].directory.num_slots > 0) AddRowCache(table, row_cache_[number], rows);
      const int64_t block = rows * SegmentFloats(table.embedding_dim()) * kFloat;
      Add(absl::StrCat("rows of ", name), Grown(block));
      if (!table.freeze()) Add(absl::StrCat("row gradients of ", name), Grown(block));
      const int64_t places = std::max<int64_t>(reads.places, 0);
      const int64_t chunks = places / kPlacesPerChunk + std::min(rows, places);
      // By place: its row, rows sorted, places sorted. By row: where its places and chunks begin. By chunk: its row.
      grouping += kIndex * (3 * places + 2 * (rows + 1) * std::max(reads.lookups, 1) + chunks);
      partial_sums = std::max(partial_sums, chunks * table.embedding_dim() * kFloat);
      most_places = std::max(most_places, places);
    }
    Add("places of the rows", Grown(grouping));
    Add("partial sums of row gradients", Grown(partial_sums));
    if (most_places > 0) Add("sorting", Grown(2 * kIndex * most_places) + kSortScratch);
  }

  // The batch's slots and pulled rows, too, and what the optimizer keeps of each step where idle rows move.
  void AddRowCache(const TableConfig& table, const RowCache::Table& cache, int64_t rows_of_batch) {
    const int64_t row = cache.row_floats * kFloat;
    Add(absl::StrCat("row cache of ", table.name()), cache.directory.num_slots * row);
    // A row is pulled with its state or without, but a batch may be all of either.
    const int64_t passing = cache.segment * kFloat;
    Add(absl::StrCat("pulled rows of ", table.name()), Grown(rows_of_batch * (row + passing + 2 * kIndex)));
    if (IdleRowsMove(table, UpdatedRows::kSome)) {
      Add(absl::StrCat("steps of ", table.name()), Grown(total_steps_ * kOptimizerBytesPerStep + kOptimizerBytes));
    }
  }

  const JobConfig& job_;
  const google::protobuf::RepeatedPtrField<ImageInfo>& images_;
  const int64_t total_steps_;
  const std::vector<RowCache::Table> row_cache_;  // By table number.
  int64_t examples_;                              // Of a worker's largest batch.
  std::map<std::string, TableReads> reads_;       // By table.
  DeviceMemoryPlan plan_;
};

}  // namespace

int64_t DeviceMemoryPlan::TotalBytes() const {
  int64_t total = 0;
  for (const Entry& entry : entries) total += entry.bytes;
  return total;
}

DeviceMemoryPlan PlanDeviceMemory(const ResolvedJob& job) { return Planner(job).Plan(); }

}  // namespace shoal
