#include "worker/cuda/models/device_dense_parameters.h"

#include <algorithm>
#include <limits>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/optimizer/row_layout.h"
#include "common/optimizer/row_update.h"
#include "worker/collective/gradient_sums.h"

namespace shoal {
namespace {

// Floats that an item of the optimizer's kernel updates: what DenseParameters::gradients pads each parameter's to.
constexpr int kChunk = 16;

}  // namespace

DeviceDenseParameters::DeviceDenseParameters(const ComputeDevice* device, DenseParameters* host)
    : device_(*device),
      host_(*host),
      block_(device->memory.get(), "dense parameters and their optimizer's state"),
      gradients_(device->memory.get(), "gradients of dense parameters") {}

absl::StatusOr<std::unique_ptr<DeviceDenseParameters>> DeviceDenseParameters::Create(const ComputeDevice* device,
                                                                                     DenseParameters* host) {
  auto result = absl::WrapUnique(new DeviceDenseParameters(device, host));
  // As the host's gradients are laid out, which are copied as one.
  result->size_ = static_cast<int64_t>(host->gradients().size());
  for (int p = 0; p < host->size(); ++p) {
    result->offsets_.push_back(host->Ref(p).gradient - host->gradients().data());
  }
  // Of all parameters alike: they have one optimizer.
  const int64_t num_fields = host->size() == 0 ? 0 : static_cast<int64_t>(host->layout(0).fields().size());
  const int64_t floats = (1 + num_fields) * result->size_;
  if (floats > std::numeric_limits<int>::max()) {
    return absl::ResourceExhaustedError(absl::StrCat("dense parameters and their optimizer's state are ", floats,
                                                     " floats, expected at most ", std::numeric_limits<int>::max(),
                                                     " on a device: take a smaller tower"));
  }
  SHOAL_RETURN_IF_ERROR(result->block_.Reserve(floats));
  SHOAL_RETURN_IF_ERROR(result->gradients_.Reserve(result->size_));
  if (floats == 0) return result;
  // Padding stays zero: it is updated, too.
  device->memory->Clear(result->block_.data(), floats * sizeof(float));
  device->memory->Clear(result->gradients_.data(), result->size_bytes());
  // Copies run beside what was queued before.
  SHOAL_RETURN_IF_ERROR(device->memory->Wait());
  return result;
}

std::vector<DeviceParameter> DeviceDenseParameters::Refs() {
  std::vector<DeviceParameter> refs;
  for (const int64_t offset : offsets_) refs.push_back({block_.data() + offset, gradients_.data() + offset});
  return refs;
}

std::vector<DeviceDenseParameters::Bucket> DeviceDenseParameters::Buckets(int64_t floats) {
  floats = std::max(floats, size_ / (GradientSums::kMaxBuckets - 1) + 1);
  std::vector<Bucket> buckets;
  int64_t end = size_;
  for (int p = host_.size(); p-- > 0;) {
    if (end - offsets_[p] < floats && p > 0) continue;
    buckets.push_back({p, gradients_.data() + offsets_[p], end - offsets_[p]});
    end = offsets_[p];
  }
  return buckets;
}

void DeviceDenseParameters::ClearGradients() { device_.memory->Clear(gradients_.data(), size_bytes()); }

template <class Copy>
void DeviceDenseParameters::ForEachPart(const Copy& copy) {
  for (int p = 0; p < host_.size(); ++p) {
    const RowLayout& layout = host_.layout(p);
    float* const row = host_.row(p);
    float* const values = block_.data() + offsets_[p];
    copy(row, layout.dim(), values);
    for (int f = 0; f < static_cast<int>(layout.fields().size()); ++f) {
      copy(row + layout.field_offset(f), layout.fields()[f].width, values + (f + 1) * size_);
    }
  }
}

void DeviceDenseParameters::Load() {
  if (is_loaded_) return;
  is_loaded_ = true;
  ForEachPart([this](const float* host, int64_t floats, float* to) {
    device_.memory->CopyToDevice(host, floats * sizeof(float), to);
  });
}

void DeviceDenseParameters::Apply(int64_t step) {
  RowUpdater updater;
  updater.update = host_.BeginStep(step);
  for (int f = 0; f < 2; ++f) updater.shape.field_offsets[f] = static_cast<int>((f + 1) * size_);
  if (updater.update.rule != RowUpdate::Rule::kRowwiseAdagrad) {
    updater.shape.dim = updater.shape.segment = updater.shape.row_floats = kChunk;
    device_.rows->UpdateRows(updater, nullptr, size_ / kChunk, gradients_.data(), block_.data());
    return;
  }
  for (int p = 0; p < host_.size(); ++p) {
    updater.shape.dim = host_.layout(p).dim();
    updater.shape.segment = host_.layout(p).segment();
    device_.rows->UpdateRows(updater, nullptr, 1, gradients_.data() + offsets_[p], block_.data() + offsets_[p]);
  }
}

absl::Status DeviceDenseParameters::Fetch() {
  if (!is_loaded_) return absl::OkStatus();
  ForEachPart([this](float* host, int64_t floats, const float* from) {
    device_.memory->CopyToHost(from, floats * sizeof(float), host);
  });
  CopyGradientsToHost();
  return device_.memory->Wait();
}

void DeviceDenseParameters::CopyGradientsToHost() {
  device_.memory->CopyToHost(gradients_.data(), size_bytes(), host_.gradients().data());
}

void DeviceDenseParameters::CopyGradientsToDevice() {
  device_.memory->CopyToDevice(host_.gradients().data(), size_bytes(), gradients_.data());
}

}  // namespace shoal
