#include "worker/cuda/models/device_network_body.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status_macros.h"

namespace shoal {

DeviceNetworkBody::DeviceNetworkBody(const ComputeDevice* device, std::unique_ptr<DeviceRowCache> cache,
                                     const NetworkParts* parts, bool cuda_graphs)
    : device_(*device),
      parts_(*parts),
      cache_(std::move(cache)),
      lookups_(device, cache_.get()),
      input_(device->memory.get(), "the tower's inputs"),
      output_gradient_(device->memory.get(), "gradients of the tower's outputs"),
      gathered_(device->memory.get(), "outputs of all workers"),
      host_outputs_(AlignedFloats::In(device->memory->pinned())),
      graphs_(device, cuda_graphs) {}

absl::StatusOr<std::unique_ptr<NetworkBody>> DeviceNetworkBody::Create(const ComputeDevice* device,
                                                                       std::unique_ptr<DeviceRowCache> cache,
                                                                       const NetworkParts* parts, const JobConfig& job,
                                                                       absl::Span<const Lookup> lookups,
                                                                       const DeviceNetworkOptions& options) {
  auto body = absl::WrapUnique(new DeviceNetworkBody(device, std::move(cache), parts, job.cluster().cuda_graphs()));
  body->loss_ = options.create_loss(device, parts->loss->spec(), parts->num_feature_lookups);
  if (body->loss_ == nullptr) lookups = lookups.first(parts->num_feature_lookups);
  for (const Lookup& lookup : lookups) body->dims_.push_back(job.tables(lookup.table).embedding_dim());
  for (const auto& member : parts->features) {
    for (const std::unique_ptr<NetworkFeature>& feature : member) {
      body->features_.push_back(CreateDeviceFeature(device, feature->spec()));
    }
  }
  SHOAL_ASSIGN_OR_RETURN(body->tower_, DeviceTower::Create(device, job.model().network().tower(), parts->width,
                                                           parts->features_read_rows));
  if (parts->dense != nullptr) {
    SHOAL_ASSIGN_OR_RETURN(body->dense_, DeviceDenseParameters::Create(device, parts->dense.get()));
    body->tower_->Bind(body->dense_->Refs());
    body->sums_ = options.sums;
    if (body->sums_ != nullptr) body->buckets_ = body->dense_->Buckets(options.bucket_floats);
  }
  body->host_sums_gradients_ = body->sums_ == nullptr && job.cluster().workers() > 1;
  return std::unique_ptr<NetworkBody>(std::move(body));
}

absl::Status DeviceNetworkBody::ForwardFeatures(const ModelBatch& batch) {
  const auto lookups = absl::MakeConstSpan(batch.lookups).first(dims_.size());
  SHOAL_RETURN_IF_ERROR(lookups_.Begin(lookups, dims_));
  // Sorted while the rows travel.
  for (size_t i = 0; i < lookups.size(); ++i) {
    if (lookups_.WantsGradients(static_cast<int>(i))) {
      SHOAL_RETURN_IF_ERROR(lookups_.Groups(static_cast<int>(i)).status());
    }
  }
  SHOAL_RETURN_IF_ERROR(lookups_.CopyRows());
  SHOAL_RETURN_IF_ERROR(input_.Reserve(batch.num_examples * stride()));
  float* column = input_.data();
  size_t next = 0;
  for (const auto& member : parts_.features) {
    for (const std::unique_ptr<NetworkFeature>& feature : member) {
      SHOAL_RETURN_IF_ERROR(features_[next++]->Forward(batch, lookups_, {column, stride()}));
      column += feature->width();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ConstMatrixView> DeviceNetworkBody::QueueForward(const ModelBatch& batch, bool training) {
  const TraceRange range(device_.trace.get(), "forward");
  const int64_t rows = batch.num_examples * parts_.num_members();
  SHOAL_RETURN_IF_ERROR(ForwardFeatures(batch));
  if (dense_ != nullptr) dense_->Load();
  const DeviceForwardContext context = {training, parts_.seed, batch.step, batch.first_example * parts_.num_members()};
  const ConstMatrixView input = {input_.data(), rows, parts_.width};
  SHOAL_ASSIGN_OR_RETURN(const ConstMatrixView outputs, tower_->Begin(context, input));
  SHOAL_RETURN_IF_ERROR(graphs_.Run({"forward", input, training}, [this] { tower_->Forward(); }));
  return outputs;
}

absl::StatusOr<ConstMatrixView> DeviceNetworkBody::Forward(const ModelBatch& batch, bool training) {
  if (batch.num_examples == 0) return ConstMatrixView{nullptr, 0, tower_->out_features()};
  SHOAL_ASSIGN_OR_RETURN(const ConstMatrixView outputs, QueueForward(batch, training));
  host_outputs_.Reserve(outputs.size());
  device_.memory->CopyToHost(outputs.data, outputs.size() * sizeof(float), host_outputs_.data());
  SHOAL_RETURN_IF_ERROR(device_.memory->Wait());
  return ConstMatrixView{host_outputs_.data(), outputs.rows, outputs.cols};
}

absl::Status DeviceNetworkBody::BackwardFeatures(const ModelBatch& batch, const float* input_gradient) {
  const float* column = input_gradient;
  size_t next = 0;
  for (const auto& member : parts_.features) {
    for (const std::unique_ptr<NetworkFeature>& feature : member) {
      DeviceFeature& device_feature = *features_[next++];
      if (feature->reads_rows()) {
        SHOAL_RETURN_IF_ERROR(device_feature.Backward(batch, column, stride(), lookups_));
      }
      column += feature->width();
    }
  }
  return absl::OkStatus();
}

void DeviceNetworkBody::StartSums(int first_parameter) {
  for (; next_bucket_ < buckets_.size() && buckets_[next_bucket_].first_parameter >= first_parameter; ++next_bucket_) {
    sums_->Start(buckets_[next_bucket_].gradients, buckets_[next_bucket_].size);
  }
}

absl::Status DeviceNetworkBody::BackwardTower(ConstMatrixView output_gradient) {
  if (sums_ == nullptr) {
    return graphs_.Run({"backward", output_gradient, /*training=*/true},
                       [&] { tower_->Backward(output_gradient, [](int) {}); });
  }
  // Sums begin in its midst, which no graph has.
  next_bucket_ = 0;
  tower_->Backward(output_gradient, [this](int first_parameter) { StartSums(first_parameter); });
  return absl::OkStatus();
}

absl::Status DeviceNetworkBody::QueueBackward(const ModelBatch& batch, ConstMatrixView output_gradient) {
  const TraceRange range(device_.trace.get(), "backward");
  SHOAL_RETURN_IF_ERROR(BackwardTower(output_gradient));
  if (parts_.features_read_rows) {
    SHOAL_RETURN_IF_ERROR(BackwardFeatures(batch, tower_->InputGradient(output_gradient).data));
  }
  if (dense_ != nullptr && host_sums_gradients_) dense_->CopyGradientsToHost();
  lookups_.EndBatch(batch.host_work);
  return absl::OkStatus();
}

absl::Status DeviceNetworkBody::Backward(const ModelBatch& batch, ConstMatrixView output_gradient) {
  SHOAL_RETURN_IF_ERROR(output_gradient_.Assign({output_gradient.data, output_gradient.size()}));
  // The loss may have added to rows that features read too.
  for (size_t i = dims_.size(); i < batch.lookups.size(); ++i) {
    SHOAL_RETURN_IF_ERROR(lookups_.KeepGradients(batch.lookups[i].gradients));
  }
  SHOAL_RETURN_IF_ERROR(QueueBackward(batch, {output_gradient_.data(), output_gradient.rows, output_gradient.cols}));
  return device_.memory->Wait();
}

absl::Status DeviceNetworkBody::ClearGradients() {
  if (sums_ != nullptr) {
    dense_->ClearGradients();
    next_bucket_ = 0;
    StartSums(0);
    return absl::OkStatus();
  }
  // The last step's may be on their way to the device.
  SHOAL_RETURN_IF_ERROR(device_.memory->Wait());
  parts_.dense->ClearGradients();
  return absl::OkStatus();
}

absl::Status DeviceNetworkBody::ApplyGradients(int64_t step) {
  const TraceRange range(device_.trace.get(), "dense optimizer");
  dense_->Load();
  if (host_sums_gradients_) dense_->CopyGradientsToDevice();
  dense_->Apply(step);
  return absl::OkStatus();
}

absl::Status DeviceNetworkBody::FetchDense() { return dense_ != nullptr ? dense_->Fetch() : absl::OkStatus(); }

absl::Status DeviceNetworkBody::ComputeLoss(const ModelBatch& batch, const LossBatch& loss_batch, bool training,
                                            MetricSums* sums) {
  ConstMatrixView outputs = {nullptr, loss_batch.n, loss_batch.dim};
  if (batch.outputs.empty()) {
    SHOAL_ASSIGN_OR_RETURN(outputs, QueueForward(batch, training));
  } else {
    SHOAL_RETURN_IF_ERROR(gathered_.Assign(batch.outputs));
    outputs.data = gathered_.data();
  }
  MatrixView gradient = {nullptr, loss_batch.end - loss_batch.begin, loss_batch.dim};
  if (training) {
    SHOAL_RETURN_IF_ERROR(output_gradient_.Reserve(gradient.size()));
    gradient.data = output_gradient_.data();
  }
  {
    const TraceRange range(device_.trace.get(), "loss");
    SHOAL_RETURN_IF_ERROR(loss_->Evaluate(loss_batch, outputs, gradient.data, lookups_));
  }
  if (training) SHOAL_RETURN_IF_ERROR(QueueBackward(batch, gradient));
  SHOAL_RETURN_IF_ERROR(device_.memory->Wait());
  loss_->AddSums(loss_batch, sums);
  return absl::OkStatus();
}

}  // namespace shoal
