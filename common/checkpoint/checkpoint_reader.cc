#include "common/checkpoint/checkpoint_reader.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/dense_digest.h"
#include "common/checkpoint/table_row_cursor.h"
#include "common/checkpoint/tensor_list.h"
#include "common/checkpoint/weights_digest.h"
#include "common/data/model_inputs.h"

namespace shoal {
namespace {

constexpr uint64_t kMaxJobBytes = 16 << 20;
constexpr size_t kVerifyBytes = 4 << 20;
// For all files that are merged together.
constexpr size_t kMergeBufferBytes = 16 << 20;
// Nesting of ResolvedJob is below ten.
constexpr int kMaxJobDepth = 32;

absl::Status Annotate(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

// The first error of a parse, with its line.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int /*column*/, const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat("line ", line + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

absl::Status CheckJobTables(const ResolvedJob& job, const Manifest& manifest) {
  if (static_cast<size_t>(job.job().tables_size()) != manifest.tables.size()) {
    return absl::InvalidArgumentError("the manifest has another number of tables");
  }
  for (int i = 0; i < job.job().tables_size(); ++i) {
    const TableConfig& config = job.job().tables(i);
    const TableSchema& schema = manifest.tables[i].schema;
    if (config.name() != schema.table || config.num_embeddings() != schema.num_embeddings ||
        config.embedding_dim() != schema.embedding_dim || config.num_partitions() != schema.num_partitions) {
      return absl::InvalidArgumentError(
          absl::StrCat("table ", i, " ('", config.name(), "') differs from the manifest's ('", schema.table, "')"));
    }
  }
  return absl::OkStatus();
}

// The part of a table that a file holds, or -1.
int FindPart(const CheckpointFile& file, absl::string_view table) {
  for (int i = 0; i < file.digests_size(); ++i) {
    if (file.digests(i).table() == table) return i;
  }
  return -1;
}

absl::StatusOr<TableGroupLayout> LayoutOf(const CheckpointFile& file, const Manifest& manifest) {
  std::vector<TableGroupLayout::Part> parts;
  for (const TableDigestPart& part : file.digests()) {
    SHOAL_ASSIGN_OR_RETURN(const ManifestTable* table, manifest.FindTable(part.table()));
    parts.push_back({&table->schema, part.rows()});
  }
  return TableGroupLayout::Create(parts);
}

}  // namespace

absl::StatusOr<CheckpointReader> CheckpointReader::Open(FileSystem& file_system, const std::string& directory) {
  const std::string manifest_path = absl::StrCat(directory, "/", kManifestFileName);
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file_system, manifest_path, kMaxManifestBytes));
  absl::StatusOr<Manifest> manifest = DecodeManifest(text);
  if (!manifest.ok()) return Annotate(manifest_path, manifest.status());
  CheckpointReader reader(file_system, directory, *std::move(manifest));
  SHOAL_RETURN_IF_ERROR(reader.OpenFiles());
  SHOAL_RETURN_IF_ERROR(reader.ReadJob());
  return reader;
}

absl::StatusOr<CheckpointReader> CheckpointReader::OpenStep(FileSystem& file_system, const std::string& directory,
                                                            uint64_t step) {
  absl::StatusOr<CheckpointReader> reader = Open(file_system, directory);
  if (!reader.ok() || reader->manifest().step == step) return reader;
  return absl::DataLossError(
      absl::StrCat("checkpoint ", directory, " is of step ", reader->manifest().step, ", not of step ", step));
}

std::string CheckpointReader::PathOf(const CheckpointFile& file) const {
  return absl::StrCat(directory_, "/", file.name());
}

absl::Status CheckpointReader::OpenFiles() {
  for (const CheckpointFile& file : manifest_.files) {
    const std::string path = PathOf(file);
    SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ReadableFile> opened, file_system_->OpenFile(path));
    if (opened->size() != file.size_bytes()) {
      return absl::DataLossError(
          absl::StrCat(path, " is damaged: it has ", opened->size(), " bytes, the manifest says ", file.size_bytes()));
    }
    if (!file.parameters().empty()) {
      SHOAL_ASSIGN_OR_RETURN(dense_, DenseReader::Create(std::move(opened), path, &file));
    } else if (!file.digests().empty()) {
      SHOAL_ASSIGN_OR_RETURN(TableGroupLayout layout, LayoutOf(file, manifest_));
      SHOAL_RETURN_IF_ERROR(CheckHeader(*opened, path, layout.header()));
      table_files_.push_back({path, std::move(opened), std::move(layout), &file});
    }
  }
  return absl::OkStatus();
}

absl::Status CheckpointReader::ReadJob() {
  const auto file = std::find_if(manifest_.files.begin(), manifest_.files.end(),
                                 [](const CheckpointFile& file) { return file.name() == kJobFileName; });
  const std::string path = absl::StrCat(directory_, "/", kJobFileName);
  if (file == manifest_.files.end()) return absl::InvalidArgumentError(path + ": the manifest does not list it");
  if (file->size_bytes() > kMaxJobBytes) return absl::InvalidArgumentError(path + " is too large for a job");
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadChecked(*file));
  google::protobuf::TextFormat::Parser parser;
  FirstError error;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kMaxJobDepth);
  if (!parser.ParseFromString(text, &job_)) return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.text()));
  if (absl::Status status = CheckJobTables(job_, manifest_); !status.ok()) return Annotate(path, status);
  if (absl::Status status = CheckDenseParameters(manifest_, job_); !status.ok()) return Annotate(path, status);
  return absl::OkStatus();
}

absl::StatusOr<std::string> CheckpointReader::ReadChecked(const CheckpointFile& file) const {
  const std::string path = PathOf(file);
  SHOAL_ASSIGN_OR_RETURN(std::string contents, ReadFile(*file_system_, path, file.size_bytes()));
  const std::string hash = HashToHex(Hash128(contents));
  if (hash == file.xxh3_128()) return contents;
  return absl::DataLossError(
      absl::StrCat(path, " is damaged: its XXH3-128 is ", hash, ", the manifest says ", file.xxh3_128()));
}

absl::Status CheckpointReader::VerifyFile(const CheckpointFile& file) const {
  const std::string path = PathOf(file);
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> opened, file_system_->OpenFile(path));
  Hasher128 hasher;
  std::string buffer;
  for (uint64_t offset = 0; offset < file.size_bytes(); offset += buffer.size()) {
    buffer.resize(std::min<uint64_t>(kVerifyBytes, file.size_bytes() - offset));
    SHOAL_RETURN_IF_ERROR(opened->Read(offset, buffer.size(), buffer.data()));
    hasher.Update(buffer);
  }
  const std::string hash = HashToHex(hasher.Digest());
  if (hash == file.xxh3_128()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(path, " is damaged: its XXH3-128 is ", hash, ", the manifest says ", file.xxh3_128()));
}

absl::Status CheckpointReader::VerifyAllBytes() const {
  for (const CheckpointFile& file : manifest_.files) SHOAL_RETURN_IF_ERROR(VerifyFile(file));
  const auto compare = [&](absl::string_view what, const std::string& digest, const std::string& expected) {
    if (digest == expected) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat(directory_, ": the digest of the ", what, " is ", digest, ", the manifest says ", expected));
  };
  SHOAL_ASSIGN_OR_RETURN(const std::string weights, RecomputeWeightsDigest());
  SHOAL_RETURN_IF_ERROR(compare("rows", weights, manifest_.weights_digest));
  SHOAL_ASSIGN_OR_RETURN(const std::string dense, RecomputeDenseDigest());
  return compare("dense parameters", dense, manifest_.dense_digest);
}

absl::Status CheckpointReader::ForEachRow(absl::string_view table,
                                          absl::FunctionRef<absl::Status(const LoadedRow&)> visit) const {
  return MergeRows(table, /*weights_only=*/false, visit);
}

absl::Status CheckpointReader::ForEachWeight(
    absl::string_view table, absl::FunctionRef<absl::Status(uint64_t, absl::Span<const float>)> visit) const {
  return MergeRows(table, /*weights_only=*/true, [&](const LoadedRow& row) { return visit(row.id, row.fields[0]); });
}

absl::Status CheckpointReader::MergeRows(absl::string_view table, bool weights_only,
                                         absl::FunctionRef<absl::Status(const LoadedRow&)> visit) const {
  SHOAL_ASSIGN_OR_RETURN(const ManifestTable* found, manifest_.FindTable(table));
  std::vector<TableRowCursor> cursors;
  for (const TableFile& file : table_files_) {
    const int part = FindPart(*file.description, table);
    if (part < 0) continue;
    cursors.emplace_back(
        TableRowCursor::Source{file.file.get(), &file.path, &found->schema, &file.layout.offsets()[part],
                               &file.description->digests(part), manifest_.step},
        weights_only, kMergeBufferBytes / table_files_.size());
  }
  const auto later = [](const TableRowCursor* a, const TableRowCursor* b) { return a->row().id > b->row().id; };
  std::vector<TableRowCursor*> heap;  // Of the next row of each file, the lowest id on top.
  for (TableRowCursor& cursor : cursors) {
    SHOAL_RETURN_IF_ERROR(cursor.Advance());
    if (!cursor.done()) heap.push_back(&cursor);
  }
  std::make_heap(heap.begin(), heap.end(), later);
  for (uint64_t min_id = 0; !heap.empty();) {
    std::pop_heap(heap.begin(), heap.end(), later);
    TableRowCursor* const next = heap.back();
    const uint64_t id = next->row().id;
    if (id < min_id)
      return absl::DataLossError(absl::StrCat(directory_, ": row ", id, " of table ", table, " is in two files"));
    min_id = id + 1;
    SHOAL_RETURN_IF_ERROR(visit(next->row()));
    SHOAL_RETURN_IF_ERROR(next->Advance());
    if (next->done()) {
      heap.pop_back();
    } else {
      std::push_heap(heap.begin(), heap.end(), later);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> CheckpointReader::RecomputeWeightsDigest() const {
  std::vector<TableDigestEntry> entries;
  for (const ManifestTable& table : manifest_.tables) {
    TableDigest digest(table.schema.table, table.schema.embedding_dim);
    SHOAL_RETURN_IF_ERROR(ForEachWeight(table.schema.table, [&](uint64_t id, absl::Span<const float> weight) {
      digest.Add(id, weight);
      return absl::OkStatus();
    }));
    entries.push_back({table.schema.table, digest.rows(), digest.sum()});
  }
  return WeightsDigest(std::move(entries));
}

absl::StatusOr<std::vector<LoadedParameter>> CheckpointReader::ReadParameters() const {
  if (!dense_.has_value()) return std::vector<LoadedParameter>();
  return dense_->ReadAll();
}

absl::StatusOr<LoadedParameter> CheckpointReader::ReadParameter(absl::string_view name) const {
  if (dense_.has_value()) return dense_->Read(name);
  return absl::NotFoundError(
      absl::StrCat("there is no dense parameter '", name, "': ", directory_, " has no dense parameters"));
}

absl::StatusOr<std::string> CheckpointReader::RecomputeDenseDigest() const {
  SHOAL_ASSIGN_OR_RETURN(const std::vector<LoadedParameter> parameters, ReadParameters());
  return DenseDigest(Views(parameters));
}

absl::Status CheckpointReader::VerifyVocabularies() const {
  const std::string prefix = absl::StrCat(kVocabularyDirectoryName, "/");
  for (const CheckpointFile& file : manifest_.files) {
    if (absl::StartsWith(file.name(), prefix)) SHOAL_RETURN_IF_ERROR(VerifyFile(file));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> CheckpointReader::ReadVocabulary(absl::string_view table) const {
  SHOAL_ASSIGN_OR_RETURN(const ManifestTable* found, manifest_.FindTable(table));
  for (const CheckpointFile& file : manifest_.files) {
    if (file.name() != VocabularyFileName(table)) continue;
    SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadChecked(file));
    std::vector<std::string> keys;
    if (!text.empty()) keys = absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
    const TextConfig* split = FindTextConfig(job_.job(), table);
    const int64_t buckets = split != nullptr ? split->hash_buckets() : 0;
    if (static_cast<int64_t>(keys.size()) + buckets == found->schema.num_embeddings) return keys;
    return absl::InvalidArgumentError(absl::StrCat(PathOf(file), " has ", keys.size(), " keys; the table has ",
                                                   found->schema.num_embeddings, " rows, ", buckets,
                                                   " of them hash buckets"));
  }
  return std::vector<std::string>();
}

}  // namespace shoal
