#include "worker/compute/check_cuda_computes.h"

#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

absl::string_view NameOf(const ModelConfig& model) {
  const google::protobuf::OneofDescriptor* const oneof = ModelConfig::descriptor()->FindOneofByName("model");
  const google::protobuf::FieldDescriptor* const field = model.GetReflection()->GetOneofFieldDescriptor(model, oneof);
  return field == nullptr ? "" : absl::string_view(field->name());
}

}  // namespace

absl::Status CheckCudaComputes(const ModelConfig& model) {
  if (model.has_matrix_factorization() || model.has_implicit_factorization()) return absl::OkStatus();
  return absl::UnimplementedError(
      absl::StrCat("CUDA computes matrix_factorization and implicit_factorization, and not yet ", NameOf(model),
                   ": set cluster.compute: CPU"));
}

}  // namespace shoal
