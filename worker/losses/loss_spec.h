// What a loss computes, as plain data, for whoever computes it elsewhere than on the CPU.
#ifndef SHOAL_WORKER_LOSSES_LOSS_SPEC_H_
#define SHOAL_WORKER_LOSSES_LOSS_SPEC_H_

#include <variant>
#include <vector>

#include "absl/types/optional.h"
#include "proto/job.pb.h"
#include "worker/losses/contrastive_cost.h"
#include "worker/losses/cross_entropy_formula.h"
#include "worker/losses/negative_sampler.h"
#include "worker/losses/pairwise_distance.h"
#include "worker/losses/triplet_cost.h"

namespace shoal {

// As SoftmaxCrossEntropyLoss.
struct CrossEntropySpec {
  std::vector<float> weights;  // By class.
  CrossEntropyFormula formula;
  int top_k;
};

// As SampledSoftmaxLoss, whose lookups it has.
struct SampledSoftmaxSpec {
  NegativeSampler sampler;
  bool remove_accidental_hits;
  bool has_biases;
  // The loss over all classes, by which validation goes; none with sampled_validation.
  absl::optional<CrossEntropySpec> all_classes;
};

// As TripletLoss.
struct TripletSpec {
  Triplet::Mining mining;
  DistanceFormula distance;
  TripletCost cost;
};

// As ContrastiveLoss.
struct ContrastiveSpec {
  Contrastive::Mining mining;
  DistanceFormula distance;
  ContrastiveCost cost;
};

using LossSpec = std::variant<std::monostate, CrossEntropySpec, SampledSoftmaxSpec, TripletSpec, ContrastiveSpec>;

}  // namespace shoal

#endif  // SHOAL_WORKER_LOSSES_LOSS_SPEC_H_
