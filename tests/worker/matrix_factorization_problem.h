// A random batch of matrix factorisation with the blocks that it reads, for tests and benchmarks of its kernels.
#ifndef SHOAL_TESTS_WORKER_MATRIX_FACTORIZATION_PROBLEM_H_
#define SHOAL_TESTS_WORKER_MATRIX_FACTORIZATION_PROBLEM_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "tests/worker/row_block.h"
#include "worker/matrix_factorization_kernels.h"

namespace shoal {

struct MatrixFactorizationProblem {
  struct Shape {
    int64_t num_users = 20;
    int64_t num_items = 30;
    int64_t num_examples = 100;
    int dim = 50;
    bool biases = false;
    bool range = false;
  };

  MatrixFactorizationProblem(const Shape& shape, uint64_t seed)
      : users(shape.num_users, shape.dim),
        items(shape.num_items, shape.dim),
        user_bias(shape.num_users, 1),
        item_bias(shape.num_items, 1),
        global_bias(1, 1) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal(0, 0.3F);
    const auto fill = [&](RowBlock* block, int dim) {
      for (int64_t i = 0; i < block->size(); ++i) std::generate_n(block->row(i), dim, [&] { return normal(random); });
    };
    fill(&users, shape.dim);
    fill(&items, shape.dim);
    for (RowBlock* bias : {&user_bias, &item_bias, &global_bias}) fill(bias, 1);
    for (int64_t i = 0; i < shape.num_examples; ++i) {
      user_index.push_back(random() % shape.num_users);
      item_index.push_back(random() % shape.num_items);
      targets.push_back(1 + random() % 5);
    }
    batch.num_examples = shape.num_examples;
    batch.dim = shape.dim;
    batch.user = users.Lookup(user_index.data());
    batch.item = items.Lookup(item_index.data());
    bias_lookups = {user_bias.Lookup(user_index.data()), item_bias.Lookup(item_index.data()),
                    global_bias.Lookup(nullptr)};
    if (shape.biases) batch.biases = bias_lookups;
    if (shape.range) batch.output_range = MatrixFactorizationBatch::OutputRange{0, 5.5F};
    batch.targets = targets.data();
    batch.gradient_scale = 2.0F / static_cast<float>(shape.num_examples);
  }
  // `batch` points into the other members.
  MatrixFactorizationProblem(const MatrixFactorizationProblem&) = delete;
  MatrixFactorizationProblem& operator=(const MatrixFactorizationProblem&) = delete;

  std::vector<RowBlock*> blocks() { return {&users, &items, &user_bias, &item_bias, &global_bias}; }

  RowBlock users, items, user_bias, item_bias, global_bias;
  std::vector<uint32_t> user_index, item_index;
  std::vector<float> targets;
  std::vector<LookupRows> bias_lookups;
  MatrixFactorizationBatch batch;
};

// The batch's mean square error from its definition, in double precision.
inline double ReferenceMeanSquare(MatrixFactorizationProblem* problem, const std::vector<std::vector<double>>& rows) {
  const MatrixFactorizationBatch& batch = problem->batch;
  const int stride = SegmentFloats(batch.dim);
  double sum = 0;
  for (int64_t i = 0; i < batch.num_examples; ++i) {
    const size_t user = problem->user_index[i];
    const size_t item = problem->item_index[i];
    double prediction = 0;
    for (int j = 0; j < batch.dim; ++j) prediction += rows[0][user * stride + j] * rows[1][item * stride + j];
    if (!batch.biases.empty()) prediction += rows[2][user] + rows[3][item] + rows[4][0];
    if (batch.output_range) {
      const double low = batch.output_range->low;
      prediction = (batch.output_range->high - low) / (1 + std::exp(-prediction)) + low;
    }
    sum += (prediction - batch.targets[i]) * (prediction - batch.targets[i]);
  }
  return sum / static_cast<double>(batch.num_examples);
}

// The blocks' rows in double precision, as ReferenceMeanSquare takes them.
inline std::vector<std::vector<double>> DoubleRows(MatrixFactorizationProblem* problem) {
  std::vector<std::vector<double>> rows;
  for (RowBlock* block : problem->blocks()) rows.emplace_back(block->row(0), block->row(block->size()));
  return rows;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_MATRIX_FACTORIZATION_PROBLEM_H_
