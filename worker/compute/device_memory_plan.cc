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
constexpr int64_t kDouble = sizeof(double);
constexpr int64_t kLong = sizeof(int64_t);
// worker/cuda/kernels/row_kernels.h.
constexpr int64_t kPlacesPerChunk = 128;
// worker/cuda/kernels/block_sums.h, and layer_kernels.h.
constexpr int64_t kExamplesPerSum = 1024;
constexpr int64_t kExamplesPerColumnSum = 32;
// worker/cuda/models/device_sampled_softmax.h.
constexpr int64_t kLogitsABlock = int64_t{1} << 24;
// worker/cuda/models/device_resident_tables.cc, with the rows' numbers.
constexpr int64_t kChangedRows = int64_t{17} << 20;
// At most what an optimizer keeps of a step (common/optimizer), and beside.
constexpr int64_t kOptimizerBytesPerStep = 48;
constexpr int64_t kOptimizerBytes = 4096;
// Of CUB's radix sort beside copies of keys and places; of cuBLAS (worker/cuda/cublas_handle.h).
constexpr int64_t kSortScratch = int64_t{4} << 20;
constexpr int64_t kCublasWorkspace = int64_t{32} << 20;

// Of the dense optimizer, as wide as a parameter.
int NumStateFields(const TrainingConfig& training) {
  switch (training.optimizer().optimizer_case()) {
    case OptimizerConfig::kSgd:
      return training.optimizer().sgd().momentum() != 0 || training.schedule().has_one_cycle() ? 1 : 0;
    case OptimizerConfig::kAdagrad:
    case OptimizerConfig::kRowwiseAdagrad:
      return 1;
    case OptimizerConfig::kAdam:
      return 2;
    case OptimizerConfig::OPTIMIZER_NOT_SET:
      break;
  }
  return 0;
}

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
    global_examples_ = std::max(train, validation);
    examples_ = CeilDiv(global_examples_, workers);
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
    const int64_t width = PlanTower(network, FindTowerInputs(job_, images_).value_or(0), parts * examples_);
    PlanLoss(network.loss(), parts, width);
  }

  void PlanLoss(const LossConfig& loss, int64_t parts, int64_t width) {
    switch (loss.loss_case()) {
      case LossConfig::kSoftmaxCrossEntropy:
        Add("loss", Grown(CrossEntropyBytes(width)));
        break;
      case LossConfig::kSampledSoftmax:
        PlanSampledSoftmax(loss.sampled_softmax(), width);
        break;
      case LossConfig::kTriplet: {
        const bool sorts =
            loss.triplet().mining() == Triplet::RANDOM_HARD || loss.triplet().mining() == Triplet::SEMI_HARD;
        PlanDistances(loss.triplet().mining() == Triplet::GIVEN, sorts ? kLong : 0, parts, width);
        break;
      }
      case LossConfig::kContrastive: {
        const bool given = loss.contrastive().mining() == Contrastive::GIVEN;
        PlanDistances(given, given ? 0 : kIndex, parts, width);
        break;
      }
      case LossConfig::LOSS_NOT_SET:
        break;
    }
  }

  // By example labels, losses and predicted classes; weights of classes.
  int64_t CrossEntropyBytes(int64_t classes) const {
    return examples_ * (2 * kLong + kDouble) + SumsBytes(examples_) + classes * kFloat;
  }
  static int64_t SumsBytes(int64_t units) { return CeilDiv(units, kExamplesPerSum) * kDouble; }

  void PlanSampledSoftmax(const SampledSoftmax& loss, int64_t dim) {
    const int64_t all = job_.tables(FindTable(job_, loss.table()).value()).num_embeddings();
    const int64_t sampled = loss.num_sampled();
    // Rows and biases side by side and their gradients; scores and sums of them; by sampled class its number and
    // expected count.
    int64_t bytes = 2 * sampled * (dim + 1) * kFloat +
                    sampled * (examples_ + CeilDiv(examples_, kExamplesPerColumnSum)) * kFloat +
                    sampled * (kLong + kDouble) + examples_ * (kLong + kDouble + kFloat) + SumsBytes(examples_);
    int64_t places = examples_ + sampled;
    if (!loss.sampled_validation()) {
      const int64_t block = all == 2 ? examples_ : std::clamp<int64_t>(kLogitsABlock / all, 1, examples_);
      bytes += all * (dim + 1) * kFloat + block * all * kFloat + CrossEntropyBytes(all);
      places = std::max(places, all);
    }
    Add("loss", Grown(bytes));
    for (const std::string& name : {loss.table(), loss.bias_table()}) {
      if (name.empty()) continue;
      reads_[name].places += places;
      reads_[name].lookups += 2;
    }
  }

  // `key`: bytes by which a pair of outputs is sorted; 0: none is.
  void PlanDistances(bool given, int64_t key, int64_t parts, int64_t dim) {
    const int64_t outputs = global_examples_ * parts;
    const int64_t pairs = given ? outputs : outputs * outputs;
    // Distances and their derivatives, keys, sorted keys and places of pairs; by output norms, labels or tuples,
    // totals.
    int64_t bytes = pairs * (2 * kFloat + (key > 0 ? 2 * key + kIndex : 0)) +
                    outputs * (kDouble + 3 * kLong + 3 * kDouble + kIndex) + SumsBytes(outputs);
    if (job_.cluster().workers() > 1) bytes += outputs * dim * kFloat;
    Add("loss", Grown(bytes));
    if (key > 0) sort_bytes_ = std::max(sort_bytes_, (key + 2 * kIndex) * pairs);
  }

  // Outputs and their gradients, of features and layers; values and gradients of parameters.
  // Returns the width of the last ones.
  int64_t PlanTower(const Network& network, int64_t in_features, int64_t rows) {
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
    const int64_t state = NumStateFields(job_.training()) * parameters;
    Add("tower: parameters, their gradients and optimizer state", Grown((2 * parameters + state) * kFloat));
    return width;
  }

  void AddLookups() {
    int64_t grouping = 0;
    int64_t partial_sums = 0;
    for (const auto& [name, reads] : reads_) {
      const int number = FindTable(job_, name).value();
      const TableConfig& table = job_.tables(number);
      const int64_t all = table.num_embeddings();
      const int64_t rows = reads.places < 0 ? all : std::min(all, reads.places);
      const RowCache::Table& cache = row_cache_[number];
      if (cache.directory.num_slots > 0) AddRowCache(table, cache, rows);
      const int64_t block = rows * SegmentFloats(table.embedding_dim()) * kFloat;
      Add(absl::StrCat("rows of ", name), Grown(block));
      if (!table.freeze()) Add(absl::StrCat("row gradients of ", name), Grown(block));
      const int64_t places = std::max<int64_t>(reads.places, 0);
      const int64_t chunks = places / kPlacesPerChunk + std::min(rows, places);
      // By place: its row, rows sorted, places sorted. By row: where its places and chunks begin. By chunk: its row.
      grouping += kIndex * (3 * places + 2 * (rows + 1) * std::max(reads.lookups, 1) + chunks);
      // The same once more for all lookups together, by place its id, too, and by row.
      if (cache.is_resident) grouping += kIndex * (5 * places + 3 * (rows + 1) + chunks);
      partial_sums = std::max(partial_sums, chunks * table.embedding_dim() * kFloat);
      sort_bytes_ = std::max(sort_bytes_, 3 * kIndex * places);
    }
    Add("changed rows on their way to the host", Grown(changed_rows_));
    Add("places of the rows", Grown(grouping));
    Add("partial sums of row gradients", Grown(partial_sums));
    if (sort_bytes_ > 0) Add("sorting", Grown(sort_bytes_) + kSortScratch);
  }

  // The batch's slots and pulled rows, too, and what the optimizer keeps of each step where idle rows move.
  void AddRowCache(const TableConfig& table, const RowCache::Table& cache, int64_t rows_of_batch) {
    const int64_t row = cache.row_floats * kFloat;
    Add(absl::StrCat("row cache of ", table.name()), cache.directory.num_slots * row);
    if (cache.is_resident) {
      changed_rows_ = std::max(changed_rows_, std::min(table.num_embeddings() * (row + kIndex), kChangedRows));
    } else {
      // A row is pulled with its state or without, but a batch may be all of either.
      const int64_t passing = cache.segment * kFloat;
      Add(absl::StrCat("pulled rows of ", table.name()), Grown(rows_of_batch * (row + passing + 2 * kIndex)));
    }
    if (IdleRowsMove(table, UpdatedRows::kSome)) {
      Add(absl::StrCat("steps of ", table.name()), Grown(total_steps_ * kOptimizerBytesPerStep + kOptimizerBytes));
    }
  }

  const JobConfig& job_;
  const google::protobuf::RepeatedPtrField<ImageInfo>& images_;
  const int64_t total_steps_;
  const std::vector<RowCache::Table> row_cache_;  // By table number.
  int64_t examples_;                              // Of a worker's largest batch.
  int64_t global_examples_;                       // Of all workers'.
  std::map<std::string, TableReads> reads_;       // By table.
  int64_t changed_rows_ = 0;
  // Of the largest sort, a second copy of its keys and places, and places as they come.
  int64_t sort_bytes_ = 0;
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
