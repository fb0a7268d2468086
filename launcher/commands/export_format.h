// The file formats of `shoal export`: each turns rows, given in order of id, into bytes.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_COMMANDS_EXPORT_FORMAT_H_
#define SHOAL_LAUNCHER_COMMANDS_EXPORT_FORMAT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace shoal {

class ExportFormat {
 public:
  virtual ~ExportFormat() = default;
  // Of the file's name, with the dot.
  virtual absl::string_view extension() const = 0;
  // Whether keys matter at all; else they may be empty.
  virtual bool uses_keys() const = 0;
  // What stands before the rows.
  virtual std::string Header() const = 0;
  // Adds one row to `out`. `key` is the row's in the vocabulary, or its id.
  virtual void AppendRow(absl::string_view key, absl::Span<const float> weight, std::string* out) = 0;
  // The row's line of the second file, or nothing for formats of one file.
  virtual std::string MetadataLine(absl::string_view key) = 0;
  virtual bool has_metadata() const = 0;
  // Keys that could not be written as they are.
  int64_t changed_keys() const { return changed_keys_; }

 protected:
  // The key with every white space replaced by `replacement`; an empty key becomes it. Counts the keys that change.
  std::string Unspaced(absl::string_view key, char replacement);

 private:
  int64_t changed_keys_ = 0;
};

// `name`: npy (float32 [num_rows, dim]), safetensors (one tensor "<table>.weight"), word2vec (text), or tsv (vectors
// and metadata of the TensorBoard embedding projector). InvalidArgument lists the formats.
absl::StatusOr<std::unique_ptr<ExportFormat>> CreateExportFormat(absl::string_view name, absl::string_view table,
                                                                 int64_t num_rows, int dim);

// The same for a dense parameter, whose rows are along its last dimension and have no keys: npy, safetensors (one
// tensor of the parameter's name), or tsv (a line a row).
absl::StatusOr<std::unique_ptr<ExportFormat>> CreateParameterFormat(absl::string_view name, absl::string_view parameter,
                                                                    absl::Span<const int64_t> shape);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EXPORT_FORMAT_H_
