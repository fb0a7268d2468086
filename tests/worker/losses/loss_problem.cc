#include "tests/worker/losses/loss_problem.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "worker/losses/create_loss.h"
#include "worker/losses/step_random.h"

namespace shoal {
namespace {

bool GivesTriplets(const LossProblem& problem) { return problem.config.triplet().mining() == Triplet::GIVEN; }
bool GivesPairs(const LossProblem& problem) { return problem.config.contrastive().mining() == Contrastive::GIVEN; }

double Mean(const std::vector<double>& values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double ReferenceCrossEntropy(const LossProblem& problem, const std::vector<double>& outputs) {
  const SoftmaxCrossEntropy& config = problem.config.softmax_cross_entropy();
  const auto weight = [&](int c) { return config.weight_size() > 0 ? config.weight(c) : 1.0; };
  double sum = 0;
  double divisor = 0;
  for (int64_t i = 0; i < problem.n(); ++i) {
    const double* x = &outputs[i * problem.dim];
    const double max = *std::max_element(x, x + problem.dim);
    double total = 0;
    for (int c = 0; c < problem.dim; ++c) total += std::exp(x[c] - max);
    for (int c = 0; c < problem.dim; ++c) {
      const double share = (c == problem.labels[i] ? 1.0 - config.label_smoothing() : 0.0) +
                           config.label_smoothing() / static_cast<double>(problem.dim);
      sum += share * weight(c) * (max + std::log(total) - x[c]);
    }
    divisor += weight(static_cast<int>(problem.labels[i]));
  }
  return sum / divisor;
}

double ReferenceTripletLoss(const LossProblem& problem, const std::vector<double>& outputs) {
  const Triplet& config = problem.config.triplet();
  std::vector<double> nonzero;
  const StepRandom random(StepRandom::Purpose::kTripletNegatives, problem.seed, problem.step);
  for (const ReferenceTriplet& triplet : CandidateTriplets(problem, outputs)) {
    std::vector<int64_t> negatives = triplet.negatives;
    if (config.mining() == Triplet::RANDOM_HARD && !negatives.empty()) {
      const int64_t count = static_cast<int64_t>(negatives.size());
      negatives = {negatives[random.Below(count, triplet.anchor, triplet.positive)]};
    }
    for (const int64_t negative : negatives) {
      const double gap = ReferenceDistance(problem, outputs, triplet.anchor, triplet.positive) -
                         ReferenceDistance(problem, outputs, triplet.anchor, negative);
      const double loss = config.soft_margin() ? std::log1p(std::exp(gap)) : std::max(0.0, gap + config.margin());
      if (loss > 0) nonzero.push_back(loss);
    }
  }
  return Mean(nonzero);
}

double ReferenceContrastive(const LossProblem& problem, const std::vector<double>& outputs) {
  std::vector<double> same;
  std::vector<double> different;  // Distances.
  if (GivesPairs(problem)) {
    for (size_t at = 0; at < problem.tuples.size(); at += 3) {
      const double distance = ReferenceDistance(problem, outputs, problem.tuples[at], problem.tuples[at + 1]);
      (problem.tuples[at + 2] ? same : different).push_back(distance);
    }
  } else {
    for (int64_t a = 0; a < problem.n(); ++a) {
      for (int64_t b = a + 1; b < problem.n(); ++b) {
        (problem.labels[a] == problem.labels[b] ? same : different)
            .push_back(ReferenceDistance(problem, outputs, a, b));
      }
    }
    std::sort(different.begin(), different.end());
    different.resize(std::min(different.size(), same.size()));
  }
  std::vector<double> losses;
  for (const double distance : same) losses.push_back(distance * distance / 2);
  for (const double distance : different) {
    losses.push_back(std::pow(std::max(0.0, problem.config.contrastive().margin() - distance), 2) / 2);
  }
  return Mean(losses);
}

// The negatives of one anchor and positive that count.
std::vector<int64_t> Negatives(const LossProblem& problem, const std::vector<double>& from_anchor, int64_t anchor,
                               int64_t positive) {
  const Triplet& config = problem.config.triplet();
  std::vector<int64_t> result;
  for (int64_t j = 0; j < problem.n(); ++j) {
    if (problem.labels[j] == problem.labels[anchor]) continue;
    const double gap = from_anchor[positive] - from_anchor[j];
    const bool costs = config.soft_margin() || gap + config.margin() > 0;
    if (config.mining() == Triplet::RANDOM_HARD && !costs) continue;
    if (config.mining() == Triplet::SEMI_HARD && !(gap < 0 && gap + config.margin() > 0)) continue;
    result.push_back(j);
  }
  const auto nearer = [&](int64_t a, int64_t b) { return from_anchor[a] < from_anchor[b]; };
  if (config.mining() == Triplet::RANDOM_HARD) std::stable_sort(result.begin(), result.end(), nearer);
  if (result.empty() || config.mining() == Triplet::ALL || config.mining() == Triplet::RANDOM_HARD) return result;
  return {*std::min_element(result.begin(), result.end(), nearer)};
}

// The tuples whose first rows are [begin, end), with rows counted from there. REQUIRES: the others are there too.
std::vector<int64_t> OwnPairs(const std::vector<int64_t>& pairs, int64_t begin, int64_t end) {
  std::vector<int64_t> own;
  for (size_t at = 0; at < pairs.size(); at += LossBatch::kTupleSize) {
    if (pairs[at] < begin || pairs[at] >= end) continue;
    own.insert(own.end(), {pairs[at] - begin, pairs[at + 1] - begin, pairs[at + 2]});
  }
  return own;
}

}  // namespace

LossConfig ParseLoss(const std::string& text) {
  LossConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

LossProblem RandomProblem(const std::string& config, int64_t n, int dim, int classes, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  LossProblem problem;
  problem.config = ParseLoss(config);
  problem.dim = dim;
  if (GivesPairs(problem) && n >= 3) {
    problem.rows_per_example = 2;
    for (int64_t i = 0; i < n; ++i) problem.tuples.insert(problem.tuples.end(), {2 * i, 2 * i + 1, i % 2});
    n *= 2;
  }
  for (int64_t i = 0; i < n * dim; ++i) problem.outputs.push_back(normal(random));
  for (int64_t i = 0; i < n; ++i) problem.labels.push_back(static_cast<int64_t>(random() % classes));
  if (n < 3 || !GivesTriplets(problem)) return problem;
  std::vector<int64_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  for (int64_t t = 0; t < 2 * n; ++t) {
    std::shuffle(rows.begin(), rows.end(), random);
    problem.tuples.insert(problem.tuples.end(), {rows[0], rows[1], rows[2]});
  }
  return problem;
}

LossResult EvaluateLoss(const LossProblem& problem, int workers, bool backward, const LossEvaluator& evaluate) {
  LossResult result;
  const int64_t n = problem.n();
  const int64_t examples = n / problem.rows_per_example;
  for (int rank = 0; rank < workers; ++rank) {
    const std::unique_ptr<Loss> loss = CreateLoss(problem.config, problem.dim).value();
    const int64_t begin = examples * rank / workers * problem.rows_per_example;
    const int64_t size = examples * (rank + 1) / workers * problem.rows_per_example - begin;
    LossBatch batch = {problem.outputs, n, problem.dim, problem.labels, problem.tuples, begin, begin + size};
    const std::vector<int64_t> own_pairs = OwnPairs(problem.tuples, begin, begin + size);
    if (!loss->needs_global_batch()) {
      batch.tuples = own_pairs;
      batch.outputs = batch.outputs.subspan(begin * problem.dim, size * problem.dim);
      batch.labels = batch.labels.subspan(begin, size);
      batch.begin = 0;
      batch.n = batch.end = size;
    }
    batch.mean_divisor = GivesPairs(problem) ? static_cast<double>(problem.tuples.size() / LossBatch::kTupleSize)
                                             : loss->MeanDivisor(problem.labels).value();
    batch.rows_per_example = problem.rows_per_example;
    batch.seed = problem.seed;
    batch.step = problem.step;
    MetricSums sums;
    std::vector<float> gradients(backward ? size * problem.dim : 0, 42.0F);
    EXPECT_EQ(evaluate(*loss, batch, absl::MakeSpan(gradients), &sums), absl::OkStatus());
    AddMetricSums(sums, &result.sums);
    result.gradients.insert(result.gradients.end(), gradients.begin(), gradients.end());
  }
  return result;
}

double ReferenceDistance(const LossProblem& problem, const std::vector<double>& outputs, int64_t a, int64_t b) {
  const bool triplet = problem.config.has_triplet();
  const Distance kind = triplet ? problem.config.triplet().distance() : problem.config.contrastive().distance();
  const float eps = triplet ? problem.config.triplet().eps() : problem.config.contrastive().eps();
  double squares = 0;
  double dot = 0;
  double squares_a = 0;
  double squares_b = 0;
  for (int i = 0; i < problem.dim; ++i) {
    const double x = outputs[a * problem.dim + i];
    const double y = outputs[b * problem.dim + i];
    squares += std::pow(x - y + (kind == EUCLIDEAN ? eps : 0), 2);
    dot += x * y;
    squares_a += x * x;
    squares_b += y * y;
  }
  if (kind == EUCLIDEAN) return std::sqrt(squares);
  if (kind == SQUARED_EUCLIDEAN) return squares;
  return squares_a == 0 || squares_b == 0 ? 1 : 1 - dot / std::sqrt(squares_a * squares_b);
}

std::vector<ReferenceTriplet> CandidateTriplets(const LossProblem& problem, const std::vector<double>& outputs) {
  std::vector<ReferenceTriplet> result;
  for (size_t at = 0; at < problem.tuples.size(); at += 3) {
    result.push_back({problem.tuples[at], problem.tuples[at + 1], {problem.tuples[at + 2]}});
  }
  if (GivesTriplets(problem)) return result;
  for (int64_t anchor = 0; anchor < problem.n(); ++anchor) {
    std::vector<double> distances;
    std::vector<int64_t> positives;
    for (int64_t j = 0; j < problem.n(); ++j) {
      distances.push_back(ReferenceDistance(problem, outputs, anchor, j));
      if (j != anchor && problem.labels[j] == problem.labels[anchor]) positives.push_back(j);
    }
    const auto nearer = [&](int64_t a, int64_t b) { return distances[a] < distances[b]; };
    if (problem.config.triplet().mining() == Triplet::HARDEST && !positives.empty()) {
      positives = {*std::max_element(positives.begin(), positives.end(), nearer)};
    }
    for (const int64_t positive : positives) {
      result.push_back({anchor, positive, Negatives(problem, distances, anchor, positive)});
    }
  }
  return result;
}

double ReferenceLoss(const LossProblem& problem, const std::vector<double>& outputs) {
  if (problem.config.has_softmax_cross_entropy()) return ReferenceCrossEntropy(problem, outputs);
  if (problem.config.has_triplet()) return ReferenceTripletLoss(problem, outputs);
  return ReferenceContrastive(problem, outputs);
}

}  // namespace shoal
