#include "common/config/member_features.h"

#include "absl/functional/function_ref.h"

namespace shoal {
namespace {

// Calls `visit` with the name of each column.
void VisitColumns(InputFeature* feature, absl::FunctionRef<void(std::string*)> visit) {
  switch (feature->feature_case()) {
    case InputFeature::kId:
      visit(feature->mutable_id()->mutable_column());
      break;
    case InputFeature::kBag:
      visit(feature->mutable_bag()->mutable_column());
      break;
    case InputFeature::kImage:
      visit(feature->mutable_image()->mutable_column());
      break;
    case InputFeature::kDense:
      for (std::string& column : *feature->mutable_dense()->mutable_columns()) visit(&column);
      break;
    case InputFeature::FEATURE_NOT_SET:
      break;
  }
}

}  // namespace

int NumFurtherMembers(const LossConfig& loss) {
  if (loss.triplet().mining() == Triplet::GIVEN) return 2;
  return loss.contrastive().mining() == Contrastive::GIVEN ? 1 : 0;
}

std::vector<std::string> FeatureColumns(const Network& network) {
  std::vector<std::string> columns;
  for (InputFeature feature : network.features()) {
    VisitColumns(&feature, [&](const std::string* column) { columns.push_back(*column); });
  }
  return columns;
}

google::protobuf::RepeatedPtrField<InputFeature> MemberFeatures(const Network& network, int member) {
  google::protobuf::RepeatedPtrField<InputFeature> features = network.features();
  if (member == 0) return features;
  const Member& config = network.members(member - 1);
  int next = 0;
  for (InputFeature& feature : features) {
    VisitColumns(&feature, [&](std::string* column) {
      *column = next < config.columns_size() ? config.columns(next) : std::string();
      ++next;
    });
  }
  return features;
}

}  // namespace shoal
