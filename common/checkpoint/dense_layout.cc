#include "common/checkpoint/dense_layout.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/saved_parameter.h"
#include "common/checkpoint/tensor_list.h"

namespace shoal {
namespace {

constexpr int kMaxDimensions = 8;

// "tower.0.weight".
bool IsParameterName(absl::string_view name) {
  return !name.empty() && absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
         absl::c_all_of(absl::StrSplit(name, '.'), [](absl::string_view part) {
           // A letter in front makes any part a field's name.
           return !part.empty() && IsFieldName(absl::StrCat("a", part));
         });
}

bool IsShape(absl::Span<const int64_t> shape) {
  if (shape.size() > kMaxDimensions) return false;
  int64_t elements = 1;
  for (const int64_t extent : shape) {
    // Divided, not multiplied: a product may overflow.
    if (extent < 1 || extent > kMaxParameterElements / elements) return false;
    elements *= extent;
  }
  return true;
}

absl::Status Validate(const DenseParameterPart& parameter) {
  const auto error = [&](const auto&... message) {
    return absl::InvalidArgumentError(absl::StrCat("dense parameter '", parameter.name(), "': ", message...));
  };
  if (!IsParameterName(parameter.name())) return error("the name is not parts of [a-z0-9_]+ joined with dots");
  if (!IsShape(parameter.shape())) {
    return error("the shape [", absl::StrJoin(parameter.shape(), ", "), "] is not of at most ", kMaxDimensions,
                 " dimensions with 1 to ", kMaxParameterElements, " elements");
  }
  std::set<absl::string_view> names;
  for (const TableFieldPart& field : parameter.state()) {
    if (!IsFieldName(field.name())) return error("state '", field.name(), "': the name is not [a-z][a-z0-9_]*");
    if (!names.insert(field.name()).second) return error("state ", field.name(), " stands twice");
    if (field.width() < 1) return error("state ", field.name(), " has ", field.width(), " floats");
  }
  return absl::OkStatus();
}

DenseLayout::Offsets AddTensors(const DenseParameterPart& parameter, TensorList* tensors) {
  DenseLayout::Offsets offsets;
  offsets.values = tensors->Add(parameter.name(), TensorType::kFloat32, parameter.shape());
  const int64_t elements = CountElements(parameter);
  for (const TableFieldPart& field : parameter.state()) {
    const std::vector<int64_t> vector = {field.width()};
    offsets.state.push_back(
        tensors->Add(absl::StrCat(parameter.name(), "/", field.name()), TensorType::kFloat32,
                     field.width() == elements ? absl::Span<const int64_t>(parameter.shape()) : vector));
  }
  return offsets;
}

}  // namespace

absl::StatusOr<DenseLayout> DenseLayout::Create(
    const google::protobuf::RepeatedPtrField<DenseParameterPart>& parameters) {
  DenseLayout layout;
  TensorList tensors;
  absl::string_view last;
  for (const DenseParameterPart& parameter : parameters) {
    SHOAL_RETURN_IF_ERROR(Validate(parameter));
    if (parameter.name() <= last) {
      return absl::InvalidArgumentError(
          absl::StrCat("dense parameter '", parameter.name(), "' stands behind '", last, "': they must ascend"));
    }
    last = parameter.name();
    layout.offsets_.push_back(AddTensors(parameter, &tensors));
  }
  layout.header_ = tensors.Header();
  const uint64_t data_start = layout.header_.size();
  SHOAL_ASSIGN_OR_RETURN(layout.file_bytes_, tensors.FileBytes(data_start));
  for (Offsets& offsets : layout.offsets_) {
    offsets.values += data_start;
    for (uint64_t& state : offsets.state) state += data_start;
  }
  return layout;
}

int64_t CountElements(const DenseParameterPart& parameter) {
  int64_t elements = 1;
  for (const int64_t extent : parameter.shape()) elements *= extent;
  return elements;
}

}  // namespace shoal
