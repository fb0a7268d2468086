// Small jobs of every model but plain matrix factorisation, with the data that they learn from, in milliseconds. Most
// are networks, one of every kind:
//
//   Classification  an id, a bag and numbers side by side; dropout, layer norm; a table of either row semantics
//   Text            a bag and a linear layer
//   BagAlone        a bag and no tower: no dense parameters
//   EmbeddingRules  padding, max_norm, scale_grad_by_freq, and a frozen table of pretrained vectors
//   Triplet         images in balanced batches; no tables
//   Contrastive     an id and numbers, whose outputs all workers gather
//   SampledSoftmax  an id and a bag; the classes and their biases are rows, some of them drawn
//   IdLists         a weighted list of keys and an array of ids
//   GivenTriplets   the same three times: anchor, positive and negative; dropout
//   GivenPairs      a list of each of the two, without a label
//
// and two are implicit factorisations, of pairs: Bpr and Logistic.
//
// As kSmallJob they take two epochs of kSmallJobStepsPerEpoch steps, the last of each smaller where batches may be.
#ifndef SHOAL_TESTS_INTEGRATION_NETWORK_JOBS_H_
#define SHOAL_TESTS_INTEGRATION_NETWORK_JOBS_H_

#include <string>
#include <vector>

#include "tests/integration/run_shoal.h"

namespace shoal {

// The names above.
std::vector<std::string> NetworkJobNames();

// Writes data and job into the workspace; returns the job file's path. REQUIRES: one of the names.
std::string WriteNetworkJob(const ShoalWorkspace& workspace, const std::string& name);

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_NETWORK_JOBS_H_
