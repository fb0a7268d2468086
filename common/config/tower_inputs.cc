#include "common/config/tower_inputs.h"

#include <string>

#include "common/config/find_column.h"
#include "common/config/find_table.h"

namespace shoal {
namespace {

using Images = google::protobuf::RepeatedPtrField<ImageInfo>;

absl::optional<int64_t> TableWidth(const JobConfig& job, const std::string& name) {
  const absl::optional<int> table = FindTable(job, name);
  if (!table.has_value() || !job.tables(*table).has_embedding_dim()) return absl::nullopt;
  return job.tables(*table).embedding_dim();
}

absl::optional<int64_t> IdWidth(const JobConfig& job, const Feature& feature) {
  const int64_t ids = IdsPerExample(job.data(), feature.column());
  const absl::optional<int64_t> row = TableWidth(job, feature.table());
  return row.has_value() && ids > 0 ? absl::make_optional(*row * ids) : absl::nullopt;
}

absl::optional<int64_t> ImageWidth(const Images& images, const std::string& column) {
  for (const ImageInfo& image : images) {
    if (image.name() == column) return int64_t{image.height()} * image.width();
  }
  return absl::nullopt;
}

absl::optional<int64_t> FeatureWidth(const JobConfig& job, const InputFeature& feature, const Images& images) {
  switch (feature.feature_case()) {
    case InputFeature::kId:
      return IdWidth(job, feature.id());
    case InputFeature::kBag:
      return TableWidth(job, feature.bag().table());
    case InputFeature::kImage:
      return ImageWidth(images, feature.image().column());
    case InputFeature::kDense:
      return feature.dense().columns_size();
    case InputFeature::FEATURE_NOT_SET:
      break;
  }
  return absl::nullopt;
}

}  // namespace

absl::optional<int64_t> FindTowerInputs(const JobConfig& job, const Images& images) {
  int64_t sum = 0;
  for (const InputFeature& feature : job.model().network().features()) {
    const absl::optional<int64_t> width = FeatureWidth(job, feature, images);
    if (!width.has_value()) return absl::nullopt;
    sum += *width;
  }
  return sum;
}

}  // namespace shoal
