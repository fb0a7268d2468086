#include "common/checkpoint/dense_writer.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/dense_layout.h"
#include "common/checkpoint/hashing_writer.h"

namespace shoal {
namespace {

std::vector<const SavedParameter*> ByName(absl::Span<const SavedParameter> parameters) {
  std::vector<const SavedParameter*> sorted;
  for (const SavedParameter& parameter : parameters) sorted.push_back(&parameter);
  std::sort(sorted.begin(), sorted.end(),
            [](const SavedParameter* a, const SavedParameter* b) { return a->name < b->name; });
  return sorted;
}

// Without hashes.
DenseParameterPart Describe(const SavedParameter& parameter) {
  DenseParameterPart part;
  part.set_name(parameter.name);
  part.mutable_shape()->Add(parameter.shape.begin(), parameter.shape.end());
  for (const SavedParameter::State& state : parameter.state) {
    TableFieldPart* field = part.add_state();
    field->set_name(state.name);
    field->set_width(static_cast<int32_t>(state.values.size()));
  }
  return part;
}

absl::StatusOr<std::string> WriteTensor(absl::Span<const float> values, HashingWriter* writer) {
  writer->Append(values.data(), values.size() * sizeof(float));
  return writer->EndSection();
}

// Adds the hashes to `part`.
absl::Status WriteTensors(const SavedParameter& parameter, HashingWriter* writer, DenseParameterPart* part) {
  SHOAL_ASSIGN_OR_RETURN(*part->mutable_values_xxh3_128(), WriteTensor(parameter.values, writer));
  for (size_t i = 0; i < parameter.state.size(); ++i) {
    SHOAL_ASSIGN_OR_RETURN(*part->mutable_state(static_cast<int>(i))->mutable_xxh3_128(),
                           WriteTensor(parameter.state[i].values, writer));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CheckpointFile> WriteDenseParameters(FileSystem& file_system, const std::string& path,
                                                    absl::Span<const SavedParameter> parameters) {
  const std::vector<const SavedParameter*> sorted = ByName(parameters);
  CheckpointFile result;
  result.set_name(std::filesystem::path(path).filename().string());
  for (const SavedParameter* parameter : sorted) *result.add_parameters() = Describe(*parameter);
  SHOAL_ASSIGN_OR_RETURN(const DenseLayout layout, DenseLayout::Create(result.parameters()));
  for (size_t i = 0; i < sorted.size(); ++i) {
    const int64_t elements = CountElements(result.parameters(static_cast<int>(i)));
    if (static_cast<int64_t>(sorted[i]->values.size()) == elements) continue;
    return absl::InvalidArgumentError(absl::StrCat("dense parameter '", sorted[i]->name, "' has ",
                                                   sorted[i]->values.size(), " values, its shape ", elements));
  }

  SHOAL_ASSIGN_OR_RETURN(HashingWriter writer, HashingWriter::Create(file_system, path));
  writer.Append(layout.header().data(), layout.header().size());
  SHOAL_RETURN_IF_ERROR(writer.EndSection().status());
  for (size_t i = 0; i < sorted.size(); ++i) {
    SHOAL_RETURN_IF_ERROR(WriteTensors(*sorted[i], &writer, result.mutable_parameters(static_cast<int>(i))));
  }
  result.set_size_bytes(layout.file_bytes());
  SHOAL_ASSIGN_OR_RETURN(*result.mutable_xxh3_128(), writer.Finish());
  return result;
}

}  // namespace shoal
