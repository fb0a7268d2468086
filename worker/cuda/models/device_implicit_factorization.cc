#include "worker/cuda/models/device_implicit_factorization.h"

#include <vector>

#include "common/base/status_macros.h"
#include "worker/cuda/models/device_lookups.h"
#include "worker/cuda/models/device_sum.h"

namespace shoal {
namespace {

// Numbers of the lookups, as of the model.
constexpr int kUser = 0;
constexpr int kPositive = 1;
constexpr int kNegative = 2;
constexpr int kPositiveBias = 3;
constexpr int kNegativeBias = 4;

class DeviceImplicitFactorization : public ImplicitFactorizationCompute {
 public:
  DeviceImplicitFactorization(const ComputeDevice* device, std::unique_ptr<DeviceRowCache> cache)
      : device_(*device),
        cache_(std::move(cache)),
        lookups_(device, cache_.get()),
        users_by_item_(device->memory.get(), "the batch's users"),
        items_(device->memory.get(), "the batch's items"),
        biases_(device->memory.get(), "the batch's items"),
        user_groups_(device),
        item_groups_(device),
        scores_(device->memory.get(), "the batch's scores"),
        losses_(device->memory.get(), "the batch's losses"),
        ordered_(device->memory.get(), "the batch's ordered pairs"),
        gradients_(device->memory.get(), "gradients of the batch's scores"),
        loss_(device),
        num_ordered_(device) {}

  HostMemory* host_memory() const override { return device_.memory->pinned(); }
  RowCache* row_cache() override { return RowsOf(cache_.get()); }
  absl::Status Forward(const ImplicitFactorizationBatch& batch, MetricSums* sums) override {
    return Run(batch, false, sums);
  }
  absl::Status ForwardBackward(const ImplicitFactorizationBatch& batch, MetricSums* sums) override {
    return Run(batch, true, sums);
  }

 private:
  static int64_t NumItems(const ImplicitFactorizationBatch& batch) {
    return batch.num_examples * (batch.num_negatives + 1);
  }
  static bool HasBiases(const ImplicitFactorizationBatch& batch) { return batch.positive_bias.exists(); }

  absl::Status Run(const ImplicitFactorizationBatch& batch, bool backward, MetricSums* sums) {
    double loss = 0;
    double ordered = 0;
    if (batch.num_examples > 0) {
      SHOAL_RETURN_IF_ERROR(CopyBatch(batch));
      SHOAL_RETURN_IF_ERROR(RankExamples(batch, backward));
      if (backward) SHOAL_RETURN_IF_ERROR(AddGradients(batch));
      if (backward) lookups_.EndBatch(batch.host_work);
      SHOAL_RETURN_IF_ERROR(device_.memory->Wait());
      loss = loss_.total();
      ordered = num_ordered_.total();
    }
    MetricBatch metrics;
    metrics.training = backward;
    metrics.ordered_pairs = ordered;
    metrics.ranked_pairs = batch.num_negatives * batch.num_examples;
    AddImplicitFactorizationSums(batch, loss, metrics, sums);
    return absl::OkStatus();
  }

  absl::Status CopyBatch(const ImplicitFactorizationBatch& batch) {
    std::vector<LookupRows> lookups = {batch.user, batch.positive, batch.negative};
    std::vector<int> dims(3, batch.dim);
    if (HasBiases(batch)) {
      lookups.insert(lookups.end(), {batch.positive_bias, batch.negative_bias});
      dims.insert(dims.end(), {1, 1});
    }
    for (size_t i = 0; i < lookups.size(); ++i) {
      const bool is_negative = i == kNegative || i == kNegativeBias;
      lookups[i].num_places = batch.num_examples * (is_negative ? batch.num_negatives : 1);
    }
    SHOAL_RETURN_IF_ERROR(lookups_.Begin(lookups, dims));
    SHOAL_RETURN_IF_ERROR(lookups_.CopyRows());
    return absl::OkStatus();
  }

  // The rows of an example's items, one behind the other, which positives and negatives read from one block.
  absl::StatusOr<IndexedRows> ListItems(const ImplicitFactorizationBatch& batch, int positive, int negative,
                                        DeviceArray<uint32_t>* items) {
    SHOAL_RETURN_IF_ERROR(items->Reserve(NumItems(batch)));
    const IndexedRows positives = lookups_.rows(positive);
    device_.factorization->ListItems(lookups_.rows(kUser).index, positives.index, lookups_.rows(negative).index,
                                     batch.num_examples, batch.num_negatives, users_by_item_.data(), items->data());
    return IndexedRows{positives.rows, positives.stride, items->data()};
  }

  absl::Status RankExamples(const ImplicitFactorizationBatch& batch, bool backward) {
    const TraceRange range(device_.trace.get(), "forward");
    SHOAL_RETURN_IF_ERROR(users_by_item_.Reserve(NumItems(batch)));
    ranking_ = {};
    ranking_.bpr = batch.loss == ImplicitFactorization::BPR;
    ranking_.num_examples = batch.num_examples;
    ranking_.num_negatives = batch.num_negatives;
    ranking_.dim = batch.dim;
    ranking_.gradient_scale = batch.gradient_scale;
    ranking_.users = lookups_.rows(kUser);
    SHOAL_ASSIGN_OR_RETURN(ranking_.items, ListItems(batch, kPositive, kNegative, &items_));
    if (HasBiases(batch)) {
      SHOAL_ASSIGN_OR_RETURN(ranking_.biases, ListItems(batch, kPositiveBias, kNegativeBias, &biases_));
    }
    SHOAL_RETURN_IF_ERROR(scores_.Reserve(NumItems(batch)));
    SHOAL_RETURN_IF_ERROR(gradients_.Reserve(NumItems(batch)));
    SHOAL_RETURN_IF_ERROR(losses_.Reserve(batch.num_examples));
    SHOAL_RETURN_IF_ERROR(ordered_.Reserve(batch.num_examples));
    device_.factorization->ScoreItems(ranking_, scores_.data());
    device_.factorization->RankExamples(ranking_, scores_.data(), losses_.data(), ordered_.data(),
                                        backward ? gradients_.data() : nullptr);
    SHOAL_RETURN_IF_ERROR(loss_.Queue(losses_.data(), batch.num_examples));
    return num_ordered_.Queue(ordered_.data(), batch.num_examples);
  }

  absl::Status AddGradients(const ImplicitFactorizationBatch& batch) {
    const TraceRange range(device_.trace.get(), "backward");
    PlaceTerms terms;
    terms.dim = batch.dim;
    terms.factors = gradients_.data();
    SHOAL_RETURN_IF_ERROR(user_groups_.Group(users_by_item_.data(), NumItems(batch), batch.user.num_rows));
    terms.source = ranking_.items.rows;
    terms.stride = ranking_.items.stride;
    terms.index = ranking_.items.index;
    SHOAL_RETURN_IF_ERROR(lookups_.AddGradients(kUser, user_groups_.groups(), terms));
    lookups_.CopyGradientsOf(kUser);
    SHOAL_RETURN_IF_ERROR(item_groups_.Group(items_.data(), NumItems(batch), batch.positive.num_rows));
    terms.source = ranking_.users.rows;
    terms.stride = ranking_.users.stride;
    terms.index = ranking_.users.index;
    terms.places_per_source = batch.num_negatives + 1;
    SHOAL_RETURN_IF_ERROR(lookups_.AddGradients(kPositive, item_groups_.groups(), terms));
    if (!HasBiases(batch)) return absl::OkStatus();
    // The biases' places are the items' where both were looked up together.
    if (batch.positive_bias.index != batch.positive.index || batch.negative_bias.index != batch.negative.index) {
      SHOAL_RETURN_IF_ERROR(item_groups_.Group(biases_.data(), NumItems(batch), batch.positive_bias.num_rows));
    }
    PlaceTerms bias_terms;
    bias_terms.dim = 1;
    bias_terms.source = gradients_.data();
    bias_terms.stride = 1;
    return lookups_.AddGradients(kPositiveBias, item_groups_.groups(), bias_terms);
  }

  const ComputeDevice& device_;
  const std::unique_ptr<DeviceRowCache> cache_;  // May be null.
  DeviceLookups lookups_;
  RankingBatch ranking_;
  // By example and item.
  DeviceArray<uint32_t> users_by_item_;
  DeviceArray<uint32_t> items_;
  DeviceArray<uint32_t> biases_;
  PlaceGrouping user_groups_;
  PlaceGrouping item_groups_;
  DeviceArray<double> scores_;
  DeviceArray<double> losses_;  // By example, as the next one.
  DeviceArray<double> ordered_;
  DeviceArray<float> gradients_;
  DeviceSum loss_;
  DeviceSum num_ordered_;
};

}  // namespace

std::unique_ptr<ImplicitFactorizationCompute> ImplicitFactorizationOn(const ComputeDevice* device,
                                                                      std::unique_ptr<DeviceRowCache> cache) {
  return std::make_unique<DeviceImplicitFactorization>(device, std::move(cache));
}

}  // namespace shoal
