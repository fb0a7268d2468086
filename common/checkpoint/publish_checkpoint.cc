#include "common/checkpoint/publish_checkpoint.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/manifest.h"
#include "common/data/label_vocabulary.h"

namespace shoal {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

// Writes <directory>/<name> and adds it to the manifest.
absl::Status AddFile(FileSystem& file_system, const std::string& directory, const std::string& name,
                     absl::string_view contents, Manifest* manifest) {
  SHOAL_RETURN_IF_ERROR(WriteFile(file_system, absl::StrCat(directory, "/", name), contents));
  CheckpointFile& file = manifest->files.emplace_back();
  file.set_name(name);
  file.set_size_bytes(contents.size());
  file.set_xxh3_128(HashToHex(Hash128(contents)));
  return absl::OkStatus();
}

// The same for a copy of `source`, which may be larger than memory.
absl::Status AddCopy(FileSystem& file_system, const std::string& source, const std::string& directory,
                     const std::string& name, Manifest* manifest) {
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> from, file_system.OpenFile(source));
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> to,
                         file_system.CreateFile(absl::StrCat(directory, "/", name)));
  Hasher128 hasher;
  std::string buffer;
  for (uint64_t offset = 0; offset < from->size(); offset += buffer.size()) {
    buffer.resize(std::min<uint64_t>(kCopyBytes, from->size() - offset));
    SHOAL_RETURN_IF_ERROR(from->Read(offset, buffer.size(), buffer.data()));
    SHOAL_RETURN_IF_ERROR(to->Append(buffer));
    hasher.Update(buffer);
  }
  SHOAL_RETURN_IF_ERROR(to->Sync());
  SHOAL_RETURN_IF_ERROR(to->Close());
  CheckpointFile& file = manifest->files.emplace_back();
  file.set_name(name);
  file.set_size_bytes(from->size());
  file.set_xxh3_128(HashToHex(hasher.Digest()));
  return absl::OkStatus();
}

absl::Status AddVocabularies(FileSystem& file_system, const std::string& vocabulary_directory, const ResolvedJob& job,
                             const std::string& directory, Manifest* manifest) {
  if (vocabulary_directory.empty()) return absl::OkStatus();
  const std::string copies = absl::StrCat(directory, "/", kVocabularyDirectoryName);
  std::vector<std::string> names;
  for (const TableConfig& table : job.job().tables()) names.push_back(table.name());
  for (const LabelInfo& label : job.labels()) names.push_back(LabelVocabularyName(label.name()));
  for (const std::string& name : names) {
    const std::string source = absl::StrCat(vocabulary_directory, "/", name, ".txt");
    SHOAL_ASSIGN_OR_RETURN(const bool exists, file_system.Exists(source));
    if (!exists) continue;  // The table's size was given.
    SHOAL_RETURN_IF_ERROR(file_system.CreateDirectories(copies));
    SHOAL_RETURN_IF_ERROR(AddCopy(file_system, source, directory, VocabularyFileName(name), manifest));
  }
  SHOAL_ASSIGN_OR_RETURN(const bool any, file_system.Exists(copies));
  return any ? file_system.SyncDirectory(copies) : absl::OkStatus();
}

absl::Status CheckFilesAreThere(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  for (const CheckpointFile& file : manifest.files) {
    const std::string path = absl::StrCat(directory, "/", file.name());
    const absl::StatusOr<std::unique_ptr<ReadableFile>> opened = file_system.OpenFile(path);
    if (absl::IsNotFound(opened.status())) return absl::DataLossError(opened.status().message());
    SHOAL_RETURN_IF_ERROR(opened.status());
    if ((*opened)->size() != file.size_bytes()) {
      return absl::DataLossError(
          absl::StrCat(path, " has ", (*opened)->size(), " bytes; its writer reported ", file.size_bytes()));
    }
  }
  return absl::OkStatus();
}

// What an earlier attempt, perhaps with another number of servers, has left.
absl::Status RemoveAllBut(FileSystem& file_system, const std::string& directory, const Manifest& manifest) {
  std::set<std::string> wanted;
  for (const CheckpointFile& file : manifest.files) wanted.insert(file.name());
  SHOAL_ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system.ListDirectory(directory));
  for (const std::string& name : names) {
    if (wanted.count(name) > 0) continue;
    SHOAL_RETURN_IF_ERROR(file_system.RemoveTree(absl::StrCat(directory, "/", name)));
  }
  return absl::OkStatus();
}

// Whether the checkpoint that is there already holds the same.
absl::Status CheckPublished(FileSystem& file_system, const std::string& path, const CheckpointDigests& digests) {
  SHOAL_ASSIGN_OR_RETURN(const std::string text,
                         ReadFile(file_system, absl::StrCat(path, "/", kManifestFileName), kMaxManifestBytes));
  SHOAL_ASSIGN_OR_RETURN(const Manifest published, DecodeManifest(text));
  if (published.digests() == digests) return absl::OkStatus();
  const auto show = [](const CheckpointDigests& shown) {
    return absl::StrCat("digest ", shown.weights, shown.dense.empty() ? "" : " and ", shown.dense);
  };
  return absl::AlreadyExistsError(absl::StrCat(path, " holds other weights (", show(published.digests()),
                                               ") than those to be saved (", show(digests), ")"));
}

}  // namespace

absl::StatusOr<CheckpointDigests> PublishCheckpoint(FileSystem& file_system, const std::string& checkpoints_directory,
                                                    uint64_t step, const ResolvedJob& job,
                                                    absl::Span<const CheckpointFile> files,
                                                    const std::string& vocabulary_directory) {
  SHOAL_ASSIGN_OR_RETURN(Manifest manifest, BuildManifest(step, job, files));
  const std::string final_path = CheckpointPath(checkpoints_directory, step);
  SHOAL_ASSIGN_OR_RETURN(const bool published, file_system.Exists(absl::StrCat(final_path, "/", kManifestFileName)));
  if (published) {
    // An earlier call may have been stopped between the rename and its sync.
    SHOAL_RETURN_IF_ERROR(file_system.SyncDirectory(checkpoints_directory));
    SHOAL_RETURN_IF_ERROR(CheckPublished(file_system, final_path, manifest.digests()));
    return manifest.digests();
  }

  const std::string pending = PendingCheckpointPath(checkpoints_directory, step);
  SHOAL_RETURN_IF_ERROR(CheckFilesAreThere(file_system, pending, manifest));
  SHOAL_RETURN_IF_ERROR(RemoveAllBut(file_system, pending, manifest));
  SHOAL_RETURN_IF_ERROR(AddVocabularies(file_system, vocabulary_directory, job, pending, &manifest));
  std::string job_text;
  google::protobuf::TextFormat::PrintToString(job, &job_text);
  SHOAL_RETURN_IF_ERROR(AddFile(file_system, pending, kJobFileName, job_text, &manifest));

  SHOAL_RETURN_IF_ERROR(
      WriteFile(file_system, absl::StrCat(pending, "/", kManifestFileName), EncodeManifest(manifest)));
  SHOAL_RETURN_IF_ERROR(file_system.SyncDirectory(pending));
  SHOAL_RETURN_IF_ERROR(file_system.Rename(pending, final_path));
  SHOAL_RETURN_IF_ERROR(file_system.SyncDirectory(checkpoints_directory));
  return manifest.digests();
}

}  // namespace shoal
