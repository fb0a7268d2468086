#include "worker/losses/sampled_softmax_loss.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"
#include "common/config/find_table.h"
#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"
#include "worker/losses/blockwise_softmax.h"
#include "worker/losses/sampled_softmax.h"
#include "worker/losses/softmax.h"
#include "worker/losses/softmax_cross_entropy.h"

namespace shoal {
namespace {

// Lists of drawn ids.
constexpr int kLabels = 0;
constexpr int kOthers = 1;

// Classes whose rows are held at once for predictions.
constexpr int64_t kClassesABlock = 1024;

// Validation examples that a pass over all class rows serves.
constexpr int64_t kExamplesAPass = 16;

}  // namespace

absl::StatusOr<std::unique_ptr<Loss>> SampledSoftmaxLoss::Create(const SampledSoftmax& config, int dim,
                                                                 const ResolvedJob& job) {
  const int64_t classes = job.labels(0).num_classes();
  SHOAL_ASSIGN_OR_RETURN(NegativeSampler sampler, NegativeSampler::Create(config, classes));
  auto loss = absl::WrapUnique(new SampledSoftmaxLoss(config, dim, job.job().seed(), classes, std::move(sampler)));
  for (const std::string& name : {config.table(), config.bias_table()}) {
    if (name.empty()) continue;
    const int table = *FindTable(job.job(), name);
    for (const int draw : {kLabels, kOthers}) loss->lookups_.push_back(Lookup::Drawn(table, draw));
  }
  if (!config.sampled_validation()) {
    SHOAL_ASSIGN_OR_RETURN(loss->all_classes_, SoftmaxCrossEntropyLoss::Create({}, static_cast<int>(classes)));
  }
  return std::unique_ptr<Loss>(std::move(loss));
}

SampledSoftmaxLoss::SampledSoftmaxLoss(const SampledSoftmax& config, int dim, uint64_t seed, int64_t num_classes,
                                       NegativeSampler sampler)
    : config_(config), dim_(dim), seed_(seed), num_classes_(num_classes), sampler_(std::move(sampler)) {}

LossSpec SampledSoftmaxLoss::spec() const {
  SampledSoftmaxSpec spec = {sampler_, config_.remove_accidental_hits(), lookups_.size() > 2, absl::nullopt};
  if (all_classes_ != nullptr) spec.all_classes = std::get<CrossEntropySpec>(all_classes_->spec());
  return spec;
}

void SampledSoftmaxLoss::DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const {
  std::vector<uint64_t>& labels = ids[kLabels];
  std::vector<uint64_t>& others = ids[kOthers];
  labels.clear();
  others.clear();
  if (request.examples.empty()) return;
  if (ReadsAllClasses(request.place.step)) {
    others.resize(num_classes_);
    std::iota(others.begin(), others.end(), 0);
    return;
  }
  for (const int64_t example : request.examples) labels.push_back(request.label->labels[example]);
  const NegativeSample sample = sampler_.Sample(seed_, request.place.step);
  others.assign(sample.classes.begin(), sample.classes.end());
}

// Training reads labels by their rows alone.
absl::Status SampledSoftmaxLoss::Check(const LossBatch& batch) const {
  return ReadsAllClasses(batch.step) ? all_classes_->Check(batch) : absl::OkStatus();
}

absl::Status SampledSoftmaxLoss::Evaluate(const LossBatch& batch, absl::Span<float> gradients, MetricSums* sums) {
  if (batch.n == 0) return absl::OkStatus();
  if (ReadsAllClasses(batch.step)) return EvaluateAllClasses(batch, sums);
  // Drawn a second time: the sample of the next step may have been asked for in between.
  const NegativeSample sample = sampler_.Sample(seed_, batch.step);
  SampledSoftmaxBatch sampled;
  sampled.inputs = batch.outputs;
  sampled.n = batch.n;
  sampled.dim = dim_;
  sampled.labels = batch.labels;
  sampled.label_rows = batch.rows[0];
  sampled.sampled_rows = batch.rows[1];
  if (batch.rows.size() > 2) {
    sampled.label_bias = batch.rows[2];
    sampled.sampled_bias = batch.rows[3];
  }
  sampled.sampler = &sampler_;
  sampled.sample = &sample;
  sampled.remove_accidental_hits = config_.remove_accidental_hits();
  sampled.gradient_scale = 1 / batch.mean_divisor;
  EvaluateSampledSoftmax(sampled, gradients, sums);
  return absl::OkStatus();
}

absl::Status SampledSoftmaxLoss::EvaluateAllClasses(const LossBatch& batch, MetricSums* sums) {
  for (int64_t begin = 0; begin < batch.n; begin += kExamplesAPass) {
    const int64_t end = std::min(begin + kExamplesAPass, batch.n);
    ComputeLogits(batch, begin, end);
    LossBatch part;
    part.n = part.end = end - begin;
    part.dim = static_cast<int>(num_classes_);
    part.outputs = {logits_.data(), static_cast<size_t>(part.n * num_classes_)};
    part.labels = batch.labels.subspan(begin, part.n);
    SHOAL_RETURN_IF_ERROR(all_classes_->Evaluate(part, {}, sums));
  }
  return absl::OkStatus();
}

void SampledSoftmaxLoss::ComputeLogits(const LossBatch& batch, int64_t begin, int64_t end) {
  const LookupRows& rows = batch.rows[1];
  const LookupRows biases = batch.rows.size() > 2 ? batch.rows[3] : LookupRows();
  const int64_t stride = SegmentFloats(dim_);
  logits_.Reserve((end - begin) * num_classes_);
  for (int64_t c = 0; c < num_classes_; ++c) {
    const float* const row = rows.rows + rows.index[c] * stride;
    const float bias = biases.rows != nullptr ? biases.rows[biases.index[c]] : 0.0F;
    for (int64_t i = begin; i < end; ++i) {
      logits_.data()[(i - begin) * num_classes_ + c] = Dot(&batch.outputs[i * dim_], row, dim_) + bias;
    }
  }
}

absl::Status SampledSoftmaxLoss::ReadClasses(int64_t begin, int64_t count, ReadRows read_rows) {
  classes_.resize(count);
  std::iota(classes_.begin(), classes_.end(), static_cast<uint64_t>(begin));
  class_rows_.Reserve(count * SegmentFloats(dim_));
  class_biases_.Reserve(count);
  SHOAL_RETURN_IF_ERROR(read_rows(lookups_[0].table, classes_, class_rows_.data()));
  return lookups_.size() > 2 ? read_rows(lookups_[2].table, classes_, class_biases_.data()) : absl::OkStatus();
}

absl::Status SampledSoftmaxLoss::Predict(absl::Span<const float> outputs, ReadRows read_rows,
                                         std::vector<Prediction>* predictions) {
  const int64_t n = static_cast<int64_t>(outputs.size()) / dim_;
  const int64_t stride = SegmentFloats(dim_);
  std::vector<BlockwiseSoftmax> softmax(n);
  std::vector<float> exps(kClassesABlock);
  logits_.Reserve(kClassesABlock);
  for (int64_t begin = 0; begin < num_classes_; begin += kClassesABlock) {
    const int64_t count = std::min(kClassesABlock, num_classes_ - begin);
    SHOAL_RETURN_IF_ERROR(ReadClasses(begin, count, read_rows));
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t c = 0; c < count; ++c) {
        logits_.data()[c] = Dot(&outputs[i * dim_], class_rows_.data() + c * stride, dim_) + class_biases_.data()[c];
      }
      softmax[i].Add(begin, Softmax(logits_.data(), static_cast<int>(count), exps.data()));
    }
  }
  for (const BlockwiseSoftmax& s : softmax) {
    predictions->push_back({s.argmax(), static_cast<float>(s.probability())});
  }
  return absl::OkStatus();
}

}  // namespace shoal
