#include "launcher/commands/embed.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "launcher/commands/check_free.h"
#include "launcher/commands/example_names.h"
#include "launcher/commands/example_progress.h"
#include "launcher/commands/export_format.h"
#include "launcher/commands/output_file.h"

namespace shoal {
namespace {

// Texts are a column of the projector's metadata, where a tab would begin another.
absl::Status WriteLabels(FileSystem& files, const std::string& path, const InputLabels& labels) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ExportFormat> format,
                         CreateExportFormat("tsv", /*table=*/"", static_cast<int64_t>(labels.labels.size()), 1));
  SHOAL_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(files, path));
  for (const int64_t label : labels.labels) {
    *file.buffer() += format->MetadataLine(labels.classes[static_cast<size_t>(label)]);
    SHOAL_RETURN_IF_ERROR(file.FlushIfLarge());
  }
  return file.Finish();
}

absl::Status WriteNames(FileSystem& files, const std::string& path, const Dataset& examples) {
  SHOAL_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(files, path));
  absl::StrAppend(file.buffer(), NamesHeader(examples), "\n");
  for (size_t i = 0; i < static_cast<size_t>(examples.num_examples); ++i) {
    AppendNames(examples, i, file.buffer());
    file.buffer()->push_back('\n');
    SHOAL_RETURN_IF_ERROR(file.FlushIfLarge());
  }
  return file.Finish();
}

absl::Status WriteEmbeddings(FileSystem& files, const std::string& path, const Embeddings& embeddings,
                             ExportFormat* format) {
  SHOAL_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(files, path));
  *file.buffer() += format->Header();
  const auto width = static_cast<size_t>(embeddings.dim);
  for (absl::Span<const float> rest = embeddings.values; !rest.empty(); rest.remove_prefix(width)) {
    format->AppendRow(/*key=*/"", rest.first(width), file.buffer());
    SHOAL_RETURN_IF_ERROR(file.FlushIfLarge());
  }
  return file.Finish();
}

}  // namespace

absl::Status RunEmbed(FileSystem& files, const EmbedOptions& options, std::ostream& out, std::ostream& err) {
  if (options.format != "npy" && options.format != "tsv") {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no format '", options.format, "'; the formats are: npy, tsv"));
  }
  const std::string path = absl::StrCat(options.output, ".", options.format);
  const std::string labels_path = options.output + ".labels.tsv";
  const std::string names_path = options.output + ".examples.tsv";
  for (const std::string& written : {path, labels_path, names_path}) {
    SHOAL_RETURN_IF_ERROR(CheckFree(files, written, options.overwrite));
  }
  SHOAL_ASSIGN_OR_RETURN(const Inference inference, StartInference(files, options.inference, InferencePurpose::kApply));
  const int64_t examples = inference.input.num_examples;
  ExampleProgress progress(err, ErrorsGoToTerminal(), "embed", examples);
  SHOAL_ASSIGN_OR_RETURN(const Embeddings embeddings, inference.model->Embed(inference.input, progress));
  SHOAL_ASSIGN_OR_RETURN(const InputLabels labels, LabelsOf(inference));
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ExportFormat> format,
                         CreateExportFormat(options.format, /*table=*/"", examples, embeddings.dim));
  SHOAL_RETURN_IF_ERROR(WriteEmbeddings(files, path, embeddings, format.get()));
  SHOAL_RETURN_IF_ERROR(WriteNames(files, names_path, inference.input));
  if (labels.labels.empty()) {
    // Those of other embeddings, which --overwrite replaces.
    SHOAL_RETURN_IF_ERROR(files.RemoveTree(labels_path));
  } else {
    SHOAL_RETURN_IF_ERROR(WriteLabels(files, labels_path, labels));
  }
  ReportSkipped(inference, out);
  out << path << ": " << examples << " x " << embeddings.dim << " float32, embeddings of " << inference.input_name
      << " at step " << inference.step << "\n";
  if (!labels.labels.empty()) out << labels_path << ": the labels, one a line\n";
  out << names_path << ": where the examples stand in their source, one a line behind a header\n";
  return absl::OkStatus();
}

}  // namespace shoal
