// A feature of a network: some columns of what the tower reads, from the rows, numbers or pixels of the examples, and
// back to the gradients of the rows.
//
// A new feature is a message in job.proto's InputFeature, its rules in common/config, a file here, and a line in
// create_feature.cc.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_FEATURES_NETWORK_FEATURE_H_
#define SHOAL_WORKER_FEATURES_NETWORK_FEATURE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "proto/job.pb.h"
#include "worker/features/feature_spec.h"
#include "worker/model.h"

namespace shoal {

// What the features of a network read of tables and data; each adds its own.
struct FeatureInputs {
  std::vector<Lookup> lookups;
  ModelColumns columns;
};

class NetworkFeature {
 public:
  virtual ~NetworkFeature() = default;

  // Floats an example.
  virtual int width() const = 0;
  virtual FeatureSpec spec() const = 0;
  // Whether it reads rows that learn: else Backward has nothing to do.
  virtual bool reads_rows() const { return false; }

  // A number that most of what Forward writes may be, if one is known: linear layers skip it.
  virtual absl::optional<float> background() const { return absl::nullopt; }

  // Writes width() floats for each example: the first example's to out, the next one's to out + stride, ...
  virtual void Forward(const ModelBatch& batch, float* out, int64_t stride) = 0;
  // Adds to the rows' gradients, given that of the last Forward's output, laid out like it.
  virtual void Backward(const ModelBatch& batch, const float* gradient, int64_t stride) {
    static_cast<void>(batch);
    static_cast<void>(gradient);
    static_cast<void>(stride);
  }
};

// The feature that `config` describes. What it reads goes to `*inputs`. InvalidArgument names the table or column that
// the job does not have.
absl::StatusOr<std::unique_ptr<NetworkFeature>> CreateFeature(const ResolvedJob& job, const InputFeature& config,
                                                              FeatureInputs* inputs);

}  // namespace shoal

#endif  // SHOAL_WORKER_FEATURES_NETWORK_FEATURE_H_
