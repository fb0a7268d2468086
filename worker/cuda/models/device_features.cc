#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "worker/cuda/models/device_feature.h"

namespace shoal {
namespace {

class DeviceRows : public DeviceFeature {
 public:
  DeviceRows(const ComputeDevice& device, const RowFeatureSpec& spec) : device_(device), spec_(spec) {}

  absl::Status Forward(const ModelBatch& batch, const DeviceLookups& lookups, const FeatureColumns& out) override {
    device_.features->GatherRows(lookups.rows(spec_.lookup), batch.num_examples, spec_.num_ids, spec_.dim, out);
    return absl::OkStatus();
  }
  absl::Status Backward(const ModelBatch&, const float* gradient, int64_t stride, DeviceLookups& lookups) override {
    PlaceTerms terms;
    terms.dim = spec_.dim;
    terms.source = gradient;
    terms.stride = stride;
    terms.places_per_source = spec_.num_ids;
    terms.inner_stride = spec_.dim;
    return lookups.AddGradients(spec_.lookup, terms);
  }

 private:
  const ComputeDevice& device_;
  const RowFeatureSpec spec_;
};

class DeviceBags : public DeviceFeature {
 public:
  DeviceBags(const ComputeDevice& device, const BagFeatureSpec& spec)
      : device_(device),
        spec_(spec),
        offsets_(device.memory.get(), "the batch's bags"),
        weights_(device.memory.get(), "the batch's weights of ids"),
        winners_(device.memory.get(), "maxima of the batch's bags"),
        bag_of_place_(device.memory.get(), "the batch's bags"),
        factors_(device.memory.get(), "shares of the batch's bags") {}

  absl::Status Forward(const ModelBatch& batch, const DeviceLookups& lookups, const FeatureColumns& out) override {
    const LookupRows& lookup = batch.lookups[spec_.lookup];
    SHOAL_RETURN_IF_ERROR(offsets_.Assign({lookup.offsets, static_cast<size_t>(batch.num_examples) + 1}));
    bags_ = {};
    bags_.rows = lookups.rows(spec_.lookup);
    bags_.offsets = offsets_.data();
    bags_.num_examples = batch.num_examples;
    bags_.dim = spec_.dim;
    bags_.mean = spec_.mode == BagFeature::MEAN;
    if (lookup.weights != nullptr) {
      SHOAL_RETURN_IF_ERROR(weights_.Assign({lookup.weights, static_cast<size_t>(lookup.num_places)}));
      bags_.weights = weights_.data();
    }
    if (spec_.mode != BagFeature::MAX) {
      device_.features->SumBags(bags_, out);
      return absl::OkStatus();
    }
    SHOAL_RETURN_IF_ERROR(winners_.Reserve(batch.num_examples * spec_.dim));
    device_.features->MaxBags(bags_, out, winners_.data());
    return absl::OkStatus();
  }

  absl::Status Backward(const ModelBatch& batch, const float* gradient, int64_t stride,
                        DeviceLookups& lookups) override {
    const int64_t num_places = batch.lookups[spec_.lookup].num_places;
    SHOAL_RETURN_IF_ERROR(bag_of_place_.Reserve(num_places));
    SHOAL_RETURN_IF_ERROR(factors_.Reserve(num_places));
    device_.features->ListBagPlaces(bags_, bag_of_place_.data(), factors_.data());
    PlaceTerms terms;
    terms.dim = spec_.dim;
    terms.source = gradient;
    terms.stride = stride;
    terms.index = bag_of_place_.data();
    terms.factors = factors_.data();
    if (spec_.mode == BagFeature::MAX) terms.winners = winners_.data();
    return lookups.AddGradients(spec_.lookup, terms);
  }

 private:
  const ComputeDevice& device_;
  const BagFeatureSpec spec_;
  BagBatch bags_;  // Of the last Forward.
  DeviceArray<int64_t> offsets_;
  DeviceArray<float> weights_;
  DeviceArray<uint32_t> winners_;
  DeviceArray<uint32_t> bag_of_place_;
  DeviceArray<float> factors_;
};

class DeviceNumbers : public DeviceFeature {
 public:
  DeviceNumbers(const ComputeDevice& device, NumberFeatureSpec spec)
      : device_(device), spec_(std::move(spec)), numbers_(device.memory.get(), "the batch's numbers") {}

  absl::Status Forward(const ModelBatch& batch, const DeviceLookups&, const FeatureColumns& out) override {
    const int64_t n = batch.num_examples;
    SHOAL_RETURN_IF_ERROR(numbers_.Reserve(n * spec_.columns.size()));
    for (size_t c = 0; c < spec_.columns.size(); ++c) {
      float* const numbers = numbers_.data() + static_cast<int64_t>(c) * n;
      device_.memory->CopyToDevice(batch.numbers[spec_.columns[c]].data(), n * sizeof(float), numbers);
      device_.features->CopyNumbers(numbers, n, {out.data + c, out.stride});
    }
    return absl::OkStatus();
  }

 private:
  const ComputeDevice& device_;
  const NumberFeatureSpec spec_;
  DeviceArray<float> numbers_;  // [columns, examples]
};

class DevicePixels : public DeviceFeature {
 public:
  DevicePixels(const ComputeDevice& device, const PixelFeatureSpec& spec)
      : device_(device), spec_(spec), pixels_(device.memory.get(), "the batch's images") {}

  absl::Status Forward(const ModelBatch& batch, const DeviceLookups&, const FeatureColumns& out) override {
    const DatasetImages& images = batch.images[spec_.column];
    // A byte a pixel travels, not a float.
    host_pixels_.resize(batch.num_examples * images.size);
    for (int64_t i = 0; i < batch.num_examples; ++i) {
      std::copy_n(images.pixels + batch.examples[i] * images.size, images.size, &host_pixels_[i * images.size]);
    }
    SHOAL_RETURN_IF_ERROR(pixels_.Assign(host_pixels_));
    device_.features->ConvertPixels(pixels_.data(), batch.num_examples, static_cast<int>(images.size), spec_.scale,
                                    spec_.shift, out);
    return absl::OkStatus();
  }

 private:
  const ComputeDevice& device_;
  const PixelFeatureSpec spec_;
  std::vector<uint8_t> host_pixels_;
  DeviceArray<uint8_t> pixels_;
};

// Makes the feature of each kind of spec.
struct Creator {
  const ComputeDevice& device;

  std::unique_ptr<DeviceFeature> operator()(const RowFeatureSpec& spec) const {
    return std::make_unique<DeviceRows>(device, spec);
  }
  std::unique_ptr<DeviceFeature> operator()(const BagFeatureSpec& spec) const {
    return std::make_unique<DeviceBags>(device, spec);
  }
  std::unique_ptr<DeviceFeature> operator()(const NumberFeatureSpec& spec) const {
    return std::make_unique<DeviceNumbers>(device, spec);
  }
  std::unique_ptr<DeviceFeature> operator()(const PixelFeatureSpec& spec) const {
    return std::make_unique<DevicePixels>(device, spec);
  }
};

}  // namespace

std::unique_ptr<DeviceFeature> CreateDeviceFeature(const ComputeDevice* device, const FeatureSpec& spec) {
  return std::visit(Creator{*device}, spec);
}

}  // namespace shoal
