// Manifests of checkpoints. The input is the text that the checksum at the end covers, and the checksum is always
// right: nothing behind it would be reached else.
#include "common/base/hash.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/manifest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {
namespace {

std::string Ending(absl::string_view covered) {
  return absl::StrCat(",\n  \"manifest_xxh3_128\": \"", HashToHex(Hash128(covered)), "\"\n}\n");
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  const uint64_t num_tables = 1 + (*random)() % 2;
  std::vector<ModelTable> tables;
  for (uint64_t i = 0; i < num_tables; ++i) {
    tables.push_back(RandomModelTable(absl::StrCat("table", i), (*random)() % 20, 1 + static_cast<int>((*random)() % 4),
                                      /*moves_idle_rows=*/i == 0, /*step=*/2, random));
  }
  MemoryFileSystem files;
  const int num_servers = 1 + static_cast<int>((*random)() % 2);
  if ((*random)() % 2 == 0) {
    Require(SaveCheckpoint(files, "/c", 2, tables, num_servers).ok(), "no checkpoint");
  } else {
    const std::vector<LoadedParameter> parameters = {RandomParameter("tower.0.weight", {2, 3}, random)};
    Require(SaveDenseCheckpoint(files, "/c", 2, tables, parameters, num_servers).ok(), "no checkpoint");
  }
  std::string text = ReadFile(files, "/c/step-2/manifest.json", kMaxManifestBytes).value();
  text.resize(text.size() - Ending("").size());
  return text;
}

absl::Status ReadInput(absl::string_view input) {
  const absl::StatusOr<Manifest> manifest = DecodeManifest(absl::StrCat(input, Ending(input)));
  if (!manifest.ok()) return manifest.status();
  const std::string text = EncodeManifest(*manifest);
  const absl::StatusOr<Manifest> again = DecodeManifest(text);
  Require(again.ok() && EncodeManifest(*again) == text, "a manifest that is written again is another");
  return absl::OkStatus();
}

}  // namespace shoal
