// The arithmetic of implicit matrix factorization over a batch: scores of positives and drawn negatives, losses and row
// gradients. A score is x(u, i) = <user row, item row> + item bias. With an example's positive i and K negatives j,
//   BPR       the mean over j of -log sigmoid(x(u, i) - x(u, j)) (Rendle et al., "BPR: Bayesian personalized ranking
//             from implicit feedback", UAI 2009)
//   LOGISTIC  torch.nn.BCEWithLogitsLoss of the K + 1 scores with targets 1 and K times 0: their mean of
//             log(1 + exp(-x(u, i))) and log(1 + exp(x(u, j)))
// and the batch's loss is the mean over examples.
//
// Every sum is in the order of the examples and of their negatives: the same batch gives the same bits on all
// instruction sets with fused multiply-add. A negative that is the positive is taken as it is.
//
// Thread safety: free functions; calls that share gradient blocks exclude each other.
#ifndef SHOAL_WORKER_LOSSES_IMPLICIT_FACTORIZATION_KERNELS_H_
#define SHOAL_WORKER_LOSSES_IMPLICIT_FACTORIZATION_KERNELS_H_

#include <cstdint>
#include <functional>

#include "proto/job.pb.h"
#include "worker/metric_sums.h"
#include "worker/model.h"

namespace shoal {

struct ImplicitFactorizationBatch {
  ImplicitFactorization::Loss loss = ImplicitFactorization::BPR;
  int64_t num_examples = 0;
  int num_negatives = 1;
  int dim = 0;
  LookupRows user;      // [distinct rows, SegmentFloats(dim)], index by example.
  LookupRows positive;  // Item rows, index by example,
  LookupRows negative;  // and index by example and negative: [num_examples, num_negatives].
  // Biases of the same items, one float a row; rows null: none.
  LookupRows positive_bias;
  LookupRows negative_bias;
  // 1 / (size of the global batch).
  float gradient_scale = 0;
  std::function<void()> host_work;  // As ModelBatch's.
};

// Adds `examples`, the sum of the examples' losses, loss_weight (terms: K or K + 1 an example) and the metrics to
// `*sums`.
void AddImplicitFactorizationSums(const ImplicitFactorizationBatch& batch, double loss, const MetricBatch& metrics,
                                  MetricSums* sums);

// The same of the batch's own losses and scores. Gradient blocks are not touched.
void ImplicitFactorizationForward(const ImplicitFactorizationBatch& batch, MetricSums* sums);

// The same, and adds the gradients to the blocks that are there.
void ImplicitFactorizationForwardBackward(const ImplicitFactorizationBatch& batch, MetricSums* sums);

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_IMPLICIT_FACTORIZATION_KERNELS_H_
