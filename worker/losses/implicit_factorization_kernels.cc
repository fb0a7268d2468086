#include "worker/losses/implicit_factorization_kernels.h"

#include <cmath>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"

namespace shoal {
namespace {

// log(1 + exp(x)).
double Softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::fabs(x))); }
double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Scores and their gradients in one example: the positive's, then the negatives'.
struct Scores {
  explicit Scores(int num_negatives) : values(num_negatives + 1), gradients(num_negatives + 1) {}
  std::vector<double> values;
  std::vector<double> gradients;  // Of the example's sum of terms.
};

class Example {
 public:
  Example(const ImplicitFactorizationBatch& batch, int64_t number)
      : batch_(batch), number_(number), stride_(SegmentFloats(batch.dim)) {}

  // Item 0 is the positive, item k + 1 negative k.
  double Score(int item) const {
    const float bias = Bias(item).rows ? Bias(item).rows[Row(Bias(item), item)] : 0.0F;
    return static_cast<double>(Dot(UserRow(), ItemRow(item), batch_.dim)) + bias;
  }

  void AddGradient(int item, float gradient) const {
    if (batch_.user.gradients) {
      Axpy(gradient, ItemRow(item), batch_.user.gradients + UserOffset(), batch_.dim);
    }
    if (float* gradients = Item(item).gradients) {
      Axpy(gradient, UserRow(), gradients + Row(Item(item), item) * stride_, batch_.dim);
    }
    if (float* gradients = Bias(item).gradients) gradients[Row(Bias(item), item)] += gradient;
  }

 private:
  const LookupRows& Item(int item) const { return item == 0 ? batch_.positive : batch_.negative; }
  const LookupRows& Bias(int item) const { return item == 0 ? batch_.positive_bias : batch_.negative_bias; }
  size_t Row(const LookupRows& lookup, int item) const {
    return lookup.index[item == 0 ? number_ : number_ * batch_.num_negatives + item - 1];
  }
  size_t UserOffset() const { return batch_.user.index[number_] * stride_; }
  const float* UserRow() const { return batch_.user.rows + UserOffset(); }
  const float* ItemRow(int item) const { return Item(item).rows + Row(Item(item), item) * stride_; }

  const ImplicitFactorizationBatch& batch_;
  int64_t number_;
  size_t stride_;
};

// Both return the sum of the example's terms and fill in the gradients.
double Bpr(Scores* scores) {
  double loss = 0;
  scores->gradients[0] = 0;
  for (size_t k = 1; k < scores->values.size(); ++k) {
    const double gap = scores->values[k] - scores->values[0];
    loss += Softplus(gap);
    scores->gradients[k] = Sigmoid(gap);
    scores->gradients[0] -= scores->gradients[k];
  }
  return loss;
}

double Logistic(Scores* scores) {
  double loss = Softplus(-scores->values[0]);
  scores->gradients[0] = -Sigmoid(-scores->values[0]);
  for (size_t k = 1; k < scores->values.size(); ++k) {
    loss += Softplus(scores->values[k]);
    scores->gradients[k] = Sigmoid(scores->values[k]);
  }
  return loss;
}

int TermsPerExample(const ImplicitFactorizationBatch& batch) {
  return batch.num_negatives + (batch.loss == ImplicitFactorization::BPR ? 0 : 1);
}

template <bool kBackward>
void Run(const ImplicitFactorizationBatch& batch, MetricSums* sums) {
  const bool bpr = batch.loss == ImplicitFactorization::BPR;
  const double scale = static_cast<double>(batch.gradient_scale) / TermsPerExample(batch);
  double total_loss = 0;
  Scores scores(batch.num_negatives);
  std::vector<double> all_scores;
  all_scores.reserve(batch.num_examples * scores.values.size());
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    const Example example(batch, i);
    for (int item = 0; item <= batch.num_negatives; ++item) scores.values[item] = example.Score(item);
    const double loss = bpr ? Bpr(&scores) : Logistic(&scores);
    total_loss += RoundToSum(loss);
    all_scores.insert(all_scores.end(), scores.values.begin(), scores.values.end());
    if (!kBackward) continue;
    for (int item = 0; item <= batch.num_negatives; ++item) {
      example.AddGradient(item, static_cast<float>(scale * scores.gradients[item]));
    }
  }
  MetricBatch metrics;
  metrics.training = kBackward;
  metrics.scores = all_scores;
  metrics.num_scores = batch.num_negatives + 1;
  AddImplicitFactorizationSums(batch, total_loss, metrics, sums);
}

}  // namespace

void AddImplicitFactorizationSums(const ImplicitFactorizationBatch& batch, double loss, const MetricBatch& metrics,
                                  MetricSums* sums) {
  sums->set_examples(sums->examples() + batch.num_examples);
  sums->set_loss(sums->loss() + loss);
  sums->set_loss_weight(sums->loss_weight() + static_cast<double>(TermsPerExample(batch) * batch.num_examples));
  AddMetrics(metrics, sums);
}

void ImplicitFactorizationForward(const ImplicitFactorizationBatch& batch, MetricSums* sums) {
  Run<false>(batch, sums);
}

void ImplicitFactorizationForwardBackward(const ImplicitFactorizationBatch& batch, MetricSums* sums) {
  Run<true>(batch, sums);
}

}  // namespace shoal
