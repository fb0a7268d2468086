// The dense parameters of a network on a device: values, optimizer state and gradients lie there from step to step, and
// the optimizer's steps are taken there, with the bits of the host's for the same gradients.
//
// DenseParameters (worker/tower), the host's, are where they begin, what a checkpoint restores, and what Fetch brings
// up to date. On the device they are one block: the values of all parameters, then each field of state, laid out alike,
// one parameter behind the other, each padded with zeros to a multiple of 16 floats as DenseParameters::gradients(). So
// a step is one kernel over all elements; row-wise Adagrad, which sums over a parameter, has one for each.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_CUDA_MODELS_DEVICE_DENSE_PARAMETERS_H_
#define SHOAL_WORKER_CUDA_MODELS_DEVICE_DENSE_PARAMETERS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/cuda/kernels/compute_device.h"
#include "worker/cuda/models/device_layer.h"
#include "worker/tower/dense_parameters.h"

namespace shoal {

class DeviceDenseParameters {
 public:
  // Both outlive the result. ResourceExhausted: the device has not the memory, or there are too many parameters.
  static absl::StatusOr<std::unique_ptr<DeviceDenseParameters>> Create(const ComputeDevice* device,
                                                                       DenseParameters* host);

  // Where they lie, in the order of DenseParameters.
  std::vector<DeviceParameter> Refs();

  // Copies the host's values and state, once: the host's stay as they are until the device's next Wait.
  void Load();
  // Gradients that are summed over workers together: those of several parameters, one behind the other.
  struct Bucket {
    int first_parameter;
    float* gradients;
    int64_t size;
  };
  // The last parameters, whose gradients are there first, come first. At least `floats` each, but for the last one, and
  // no more than GradientSums::kMaxBuckets.
  std::vector<Bucket> Buckets(int64_t floats);
  void ClearGradients();

  // One optimizer step with the gradients as they are, as DenseParameters::ApplyGradients. REQUIRES: Load.
  void Apply(int64_t step);
  // Brings the host's values, state and gradients up to date, and waits. Nothing happens before Load.
  absl::Status Fetch();

  // The gradients alone, for sums that the host takes. They are there after the device's next Wait; the host's stay as
  // they are until then.
  void CopyGradientsToHost();
  void CopyGradientsToDevice();

 private:
  DeviceDenseParameters(const ComputeDevice* device, DenseParameters* host);

  // Calls copy(the host's floats, their number, the device's) for values and state of all parameters.
  template <class Copy>
  void ForEachPart(const Copy& copy);
  int64_t size_bytes() const { return size_ * static_cast<int64_t>(sizeof(float)); }

  const ComputeDevice& device_;
  DenseParameters& host_;
  std::vector<int64_t> offsets_;  // Of parameters, in each field of the block and in the gradients.
  int64_t size_ = 0;              // Floats of a field of the block, and of the gradients.
  bool is_loaded_ = false;
  DeviceArray<float> block_;
  DeviceArray<float> gradients_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_CUDA_MODELS_DEVICE_DENSE_PARAMETERS_H_
