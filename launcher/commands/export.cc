#include "launcher/commands/export.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/checkpoint_reader.h"
#include "launcher/commands/check_free.h"
#include "launcher/commands/export_format.h"
#include "launcher/commands/export_parameter.h"
#include "launcher/commands/output_file.h"

namespace shoal {
namespace {

// "vectors.tsv" -> "vectors.metadata.tsv".
std::string MetadataPath(const std::string& output) {
  const std::filesystem::path path(output);
  return (path.parent_path() / absl::StrCat(path.stem().string(), ".metadata", path.extension().string())).string();
}

// Writes rows in order of id and fills the gaps between those that the checkpoint has.
class Exporter {
 public:
  Exporter(ExportFormat* format, UncreatedRows* uncreated, std::vector<std::string> keys, int dim, OutputFile* vectors,
           OutputFile* metadata)
      : format_(format),
        uncreated_(uncreated),
        keys_(std::move(keys)),
        row_(dim),
        vectors_(vectors),
        metadata_(metadata) {
    *vectors_->buffer() += format_->Header();
  }

  absl::Status Add(uint64_t id, absl::Span<const float> weight) {
    SHOAL_RETURN_IF_ERROR(FillUpTo(id));
    return Write(weight);
  }

  // Writes the uncreated rows before `id`.
  absl::Status FillUpTo(uint64_t id) {
    while (next_id_ < id) {
      uncreated_->Fill(next_id_, absl::MakeSpan(row_));
      ++filled_;
      SHOAL_RETURN_IF_ERROR(Write(row_));
    }
    return absl::OkStatus();
  }

  // Rows that came from UncreatedRows.
  uint64_t filled() const { return filled_; }

 private:
  absl::Status Write(absl::Span<const float> weight) {
    const std::string key = next_id_ < keys_.size() ? std::move(keys_[next_id_]) : absl::StrCat(next_id_);
    ++next_id_;
    format_->AppendRow(key, weight, vectors_->buffer());
    SHOAL_RETURN_IF_ERROR(vectors_->FlushIfLarge());
    if (metadata_ == nullptr) return absl::OkStatus();
    *metadata_->buffer() += format_->MetadataLine(key);
    return metadata_->FlushIfLarge();
  }

  ExportFormat* format_;
  UncreatedRows* uncreated_;
  std::vector<std::string> keys_;  // By id; ids without one are their own keys.
  std::vector<float> row_;
  OutputFile* vectors_;
  OutputFile* metadata_;  // Null: the format has none.
  uint64_t next_id_ = 0;
  uint64_t filled_ = 0;
};

int TableNumber(const Manifest& manifest, absl::string_view table) {
  int number = 0;
  while (manifest.tables[number].schema.table != table) ++number;
  return number;
}

absl::Status WriteTable(const CheckpointReader& reader, const TableSchema& schema, Exporter* exporter) {
  SHOAL_RETURN_IF_ERROR(reader.ForEachWeight(
      schema.table, [&](uint64_t id, absl::Span<const float> weight) { return exporter->Add(id, weight); }));
  return exporter->FillUpTo(static_cast<uint64_t>(schema.num_embeddings));
}

absl::Status ExportTable(FileSystem& file_system, const CheckpointReader& reader, const ExportOptions& options,
                         UncreatedRowsFactory uncreated_rows, std::ostream& out) {
  const Manifest& manifest = reader.manifest();
  SHOAL_ASSIGN_OR_RETURN(const ManifestTable* table, manifest.FindTable(options.table));
  const TableSchema& schema = table->schema;
  SHOAL_ASSIGN_OR_RETURN(
      const std::unique_ptr<ExportFormat> format,
      CreateExportFormat(options.format, options.table, schema.num_embeddings, schema.embedding_dim));
  const std::string output =
      options.output.empty() ? absl::StrCat("./", options.table, format->extension()) : options.output;
  SHOAL_RETURN_IF_ERROR(CheckFree(file_system, output, options.overwrite));
  const std::string metadata_path = MetadataPath(output);
  if (format->has_metadata()) SHOAL_RETURN_IF_ERROR(CheckFree(file_system, metadata_path, options.overwrite));
  std::vector<std::string> keys;
  if (format->uses_keys()) {
    SHOAL_ASSIGN_OR_RETURN(keys, reader.ReadVocabulary(options.table));
  }
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<UncreatedRows> uncreated,
                         uncreated_rows(reader.job(), TableNumber(manifest, options.table), manifest.step));

  SHOAL_ASSIGN_OR_RETURN(OutputFile vectors, OutputFile::Create(file_system, output));
  absl::optional<OutputFile> metadata;
  if (format->has_metadata()) {
    SHOAL_ASSIGN_OR_RETURN(metadata, OutputFile::Create(file_system, metadata_path));
  }
  Exporter exporter(format.get(), uncreated.get(), std::move(keys), schema.embedding_dim, &vectors,
                    metadata.has_value() ? &*metadata : nullptr);
  SHOAL_RETURN_IF_ERROR(WriteTable(reader, schema, &exporter));
  SHOAL_RETURN_IF_ERROR(vectors.Finish());
  if (metadata.has_value()) SHOAL_RETURN_IF_ERROR(metadata->Finish());

  out << output << ": " << schema.num_embeddings << " x " << schema.embedding_dim << " float32, table " << options.table
      << " at step " << manifest.step;
  if (exporter.filled() > 0) out << " (" << Counted(exporter.filled(), "row") << " that no batch has read)";
  out << "\n";
  if (metadata.has_value()) out << metadata_path << ": the keys, one a line\n";
  if (format->changed_keys() > 0) {
    out << Counted(format->changed_keys(), "key") << (format->changed_keys() == 1 ? " was" : " were")
        << " changed: white space became an underscore, an empty key too\n";
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunExport(FileSystem& file_system, const ExportOptions& options, UncreatedRowsFactory uncreated_rows,
                       std::ostream& out) {
  if (options.table.empty() == options.parameter.empty()) {
    return absl::InvalidArgumentError("give either --table or --parameter: what is to be exported");
  }
  SHOAL_ASSIGN_OR_RETURN(const std::string directory, FindCheckpoint(file_system, options.checkpoint));
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(file_system, directory));
  if (!options.parameter.empty()) return ExportParameter(file_system, reader, options, out);
  return ExportTable(file_system, reader, options, uncreated_rows, out);
}

}  // namespace shoal
