#include "launcher/commands/export_parameter.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "launcher/commands/check_free.h"
#include "launcher/commands/export_format.h"
#include "launcher/commands/output_file.h"

namespace shoal {

absl::Status ExportParameter(FileSystem& file_system, const CheckpointReader& reader, const ExportOptions& options,
                             std::ostream& out) {
  SHOAL_ASSIGN_OR_RETURN(const LoadedParameter parameter, reader.ReadParameter(options.parameter));
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ExportFormat> format,
                         CreateParameterFormat(options.format, parameter.name, parameter.shape));
  const std::string output =
      options.output.empty() ? absl::StrCat("./", parameter.name, format->extension()) : options.output;
  SHOAL_RETURN_IF_ERROR(CheckFree(file_system, output, options.overwrite));
  SHOAL_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(file_system, output));
  *file.buffer() += format->Header();
  const size_t width = parameter.shape.empty() ? 1 : static_cast<size_t>(parameter.shape.back());
  for (absl::Span<const float> rest = parameter.values; !rest.empty(); rest.remove_prefix(width)) {
    format->AppendRow(/*key=*/"", rest.first(width), file.buffer());
    SHOAL_RETURN_IF_ERROR(file.FlushIfLarge());
  }
  SHOAL_RETURN_IF_ERROR(file.Finish());
  out << output << ": [" << absl::StrJoin(parameter.shape, ", ") << "] float32, dense parameter " << parameter.name
      << " at step " << reader.manifest().step << "\n";
  return absl::OkStatus();
}

}  // namespace shoal
