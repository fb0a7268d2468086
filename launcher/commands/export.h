// `shoal export CKPT (--table=T | --parameter=P) --format=F [--output=FILE]`.
#ifndef SHOAL_LAUNCHER_COMMANDS_EXPORT_H_
#define SHOAL_LAUNCHER_COMMANDS_EXPORT_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "launcher/commands/uncreated_rows.h"

namespace shoal {

struct ExportOptions {
  // A checkpoint, a directory of checkpoints or a run directory: then its latest checkpoint.
  std::string checkpoint;
  // What to export: exactly one of the two. A dense parameter: "tower.0.weight".
  std::string table;
  std::string parameter;
  // As CreateExportFormat, CreateParameterFormat.
  std::string format = "npy";
  // File to write. Default: ./<table or parameter>.npy, .safetensors, .txt (word2vec) or .tsv. Of a table, the format
  // tsv writes its metadata beside it: vectors.tsv, vectors.metadata.tsv.
  std::string output;
  // Whether existing files are replaced. Default: that is an error.
  bool overwrite = false;
};

// Writes all num_embeddings rows of the table in order of id, as they are read after the checkpoint's step; rows that
// were never created come from `uncreated_rows`. Or writes the values of the dense parameter. Prints what was written
// and what was changed in keys.
//
// The output appears whole or, on failure, not at all (`<output>.tmp` may remain). AlreadyExists: the output
// exists. NotFound lists the tables or parameters that there are.
absl::Status RunExport(FileSystem& file_system, const ExportOptions& options, UncreatedRowsFactory uncreated_rows,
                       std::ostream& out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EXPORT_H_
