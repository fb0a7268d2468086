// Softmax cross-entropy of each example's label against sampled classes alone (Jean et al., "On using very large target
// vocabulary for neural machine translation", ACL 2015; tf.nn.sampled_softmax_loss): class rows come from a sharded
// table, and a step reads those of its labels and of its sample.
//
// The logit of a class c is <input, row c> + bias c - log(expected count of c in the sample), and the loss is the
// softmax cross-entropy of the label's logit among itself and those of the sample. remove_accidental_hits leaves a
// sampled class out where it is the label. The mean is over the examples of the global batch.
//
// Gradients of class rows are a worker's share: those of all workers add up to the global batch's. Every sum is in the
// order of examples and of sampled classes. The same bits on all instruction sets with fused multiply-add.
//
// Thread safety: free function; calls that share gradient blocks exclude each other.
#ifndef SHOAL_WORKER_LOSSES_SAMPLED_SOFTMAX_H_
#define SHOAL_WORKER_LOSSES_SAMPLED_SOFTMAX_H_

#include <cstdint>

#include "absl/types/span.h"
#include "worker/losses/negative_sampler.h"
#include "worker/metric_sums.h"
#include "worker/model.h"

namespace shoal {

struct SampledSoftmaxBatch {
  absl::Span<const float> inputs;  // [n, dim], the worker's own rows.
  int64_t n = 0;
  int dim = 0;
  absl::Span<const int64_t> labels;  // [n], each a class of the sampler.
  LookupRows label_rows;             // [distinct rows, SegmentFloats(dim)], index by example,
  LookupRows sampled_rows;           // and index by place in sample.classes.
  // Biases of the same classes, one float a row; rows null: none.
  LookupRows label_bias;
  LookupRows sampled_bias;
  const NegativeSampler* sampler = nullptr;
  const NegativeSample* sample = nullptr;
  bool remove_accidental_hits = true;
  // 1 / (size of the global batch).
  double gradient_scale = 0;
};

// Adds `examples`, `loss` and loss_weight (examples) to `*sums`. `input_gradients` is empty where no gradient is
// wanted; otherwise [n, dim], overwritten, and row and bias gradients are added to the blocks that are there.
void EvaluateSampledSoftmax(const SampledSoftmaxBatch& batch, absl::Span<float> input_gradients, MetricSums* sums);

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_SAMPLED_SOFTMAX_H_
