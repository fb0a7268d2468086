// `shoal embed CKPT [JOB] [--input=INPUT] [--output=PREFIX] [--format=F]`.
#ifndef SHOAL_LAUNCHER_COMMANDS_EMBED_H_
#define SHOAL_LAUNCHER_COMMANDS_EMBED_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "common/base/file_system.h"
#include "launcher/commands/inference.h"

namespace shoal {

struct EmbedOptions {
  InferenceOptions inference;
  // Files to write: PREFIX.npy or PREFIX.tsv, PREFIX.examples.tsv, and PREFIX.labels.tsv where the input has labels.
  std::string output = "./embeddings";
  // npy (float32 [examples, dim]) or tsv (a line an example, for the TensorBoard embedding projector).
  std::string format = "npy";
  // Whether existing files are replaced. Default: that is an error.
  bool overwrite = false;
};

// Writes the embedding of each example of the input, the labels' texts one a line, and behind a header the examples'
// names (example_names.h), in the order of the input. An input without labels leaves no file of labels. Each file
// appears whole or not at all. AlreadyExists: a file exists. Other errors as StartInference, TrainedModel::Embed.
absl::Status RunEmbed(FileSystem& files, const EmbedOptions& options, std::ostream& out, std::ostream& err);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EMBED_H_
