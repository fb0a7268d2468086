#include "common/checkpoint/dense_reader.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/tensor_list.h"

namespace shoal {

absl::StatusOr<DenseReader> DenseReader::Create(std::unique_ptr<ReadableFile> file, const std::string& path,
                                                const CheckpointFile* description) {
  SHOAL_ASSIGN_OR_RETURN(DenseLayout layout, DenseLayout::Create(description->parameters()));
  SHOAL_RETURN_IF_ERROR(CheckHeader(*file, path, layout.header()));
  return DenseReader(std::move(file), path, std::move(layout), description);
}

DenseReader::DenseReader(std::unique_ptr<ReadableFile> file, const std::string& path, DenseLayout layout,
                         const CheckpointFile* description)
    : file_(std::move(file)), path_(path), layout_(std::move(layout)), description_(description) {}

absl::StatusOr<std::vector<LoadedParameter>> DenseReader::ReadAll() const {
  std::vector<LoadedParameter> parameters;
  for (int i = 0; i < description_->parameters_size(); ++i) {
    SHOAL_ASSIGN_OR_RETURN(LoadedParameter parameter, ReadNumber(i));
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

absl::StatusOr<LoadedParameter> DenseReader::Read(absl::string_view name) const {
  for (int i = 0; i < description_->parameters_size(); ++i) {
    if (description_->parameters(i).name() == name) return ReadNumber(i);
  }
  const auto append_name = [](std::string* out, const DenseParameterPart& part) { *out += part.name(); };
  return absl::NotFoundError(absl::StrCat("there is no dense parameter '", name, "'; the dense parameters are: ",
                                          absl::StrJoin(description_->parameters(), ", ", append_name)));
}

absl::StatusOr<LoadedParameter> DenseReader::ReadNumber(int number) const {
  const DenseParameterPart& part = description_->parameters(number);
  const DenseLayout::Offsets& offsets = layout_.offsets()[number];
  LoadedParameter parameter;
  parameter.name = part.name();
  parameter.shape.assign(part.shape().begin(), part.shape().end());
  SHOAL_ASSIGN_OR_RETURN(parameter.values,
                         ReadTensor(part.name(), offsets.values, CountElements(part), part.values_xxh3_128()));
  for (int i = 0; i < part.state_size(); ++i) {
    const TableFieldPart& field = part.state(i);
    SHOAL_ASSIGN_OR_RETURN(std::vector<float> values, ReadTensor(absl::StrCat(part.name(), "/", field.name()),
                                                                 offsets.state[i], field.width(), field.xxh3_128()));
    parameter.state.push_back({field.name(), std::move(values)});
  }
  return parameter;
}

absl::StatusOr<std::vector<float>> DenseReader::ReadTensor(const std::string& name, uint64_t offset, int64_t elements,
                                                           const std::string& hash) const {
  std::vector<float> values(elements);
  const size_t bytes = values.size() * sizeof(float);
  char* const out = reinterpret_cast<char*>(values.data());
  SHOAL_RETURN_IF_ERROR(file_->Read(offset, bytes, out));
  const std::string actual = HashToHex(Hash128(absl::string_view(out, bytes)));
  if (actual == hash) return values;
  return absl::DataLossError(
      absl::StrCat(path_, " is damaged: tensor ", name, " has XXH3-128 ", actual, ", the manifest says ", hash));
}

}  // namespace shoal
