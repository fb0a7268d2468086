#include "launcher/commands/export_format.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/checkpoint/tensor_list.h"
#include "launcher/commands/float_text.h"

namespace shoal {
namespace {

void AppendFloats(absl::Span<const float> values, char separator, std::string* out) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out->push_back(separator);
    AppendFloat(values[i], out);
  }
}

// A header, then the rows as they lie in memory.
class BinaryFormat : public ExportFormat {
 public:
  BinaryFormat(absl::string_view extension, std::string header) : extension_(extension), header_(std::move(header)) {}

  absl::string_view extension() const override { return extension_; }
  bool uses_keys() const override { return false; }
  std::string Header() const override { return header_; }
  void AppendRow(absl::string_view /*key*/, absl::Span<const float> weight, std::string* out) override {
    out->append(reinterpret_cast<const char*>(weight.data()), weight.size() * sizeof(float));
  }
  std::string MetadataLine(absl::string_view /*key*/) override { return ""; }
  bool has_metadata() const override { return false; }

 private:
  std::string extension_;
  std::string header_;
};

// NumPy format 1.0: magic, version, length of the rest as U16, a Python dictionary, spaces, a line feed. Magic to line
// feed are a multiple of 64 bytes, so that the data can be mapped.
std::string NpyHeader(absl::Span<const int64_t> shape) {
  constexpr size_t kPrefixBytes = 10;
  // Python's tuples of one have a comma.
  std::string dictionary = absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (",
                                        absl::StrJoin(shape, ", "), shape.size() == 1 ? "," : "", "), }");
  dictionary.append((64 - (kPrefixBytes + dictionary.size() + 1) % 64) % 64, ' ');
  dictionary.push_back('\n');
  const size_t length = dictionary.size();
  const std::string prefix = {'\x93',
                              'N',
                              'U',
                              'M',
                              'P',
                              'Y',
                              '\x01',
                              '\x00',
                              static_cast<char>(length & 0xff),
                              static_cast<char>(length >> 8)};
  return prefix + dictionary;
}

// Of a file with the one tensor.
std::string SafetensorsHeader(absl::string_view tensor, absl::Span<const int64_t> shape) {
  TensorList tensors;
  tensors.Add(tensor, TensorType::kFloat32, shape);
  return tensors.Header();
}

// Null: `name` is no binary format.
std::unique_ptr<ExportFormat> CreateBinaryFormat(absl::string_view name, absl::string_view tensor,
                                                 absl::Span<const int64_t> shape) {
  if (name == "npy") return std::make_unique<BinaryFormat>(".npy", NpyHeader(shape));
  if (name != "safetensors") return nullptr;
  return std::make_unique<BinaryFormat>(".safetensors", SafetensorsHeader(tensor, shape));
}

class Word2vecFormat : public ExportFormat {
 public:
  Word2vecFormat(int64_t num_rows, int dim) : header_(absl::StrCat(num_rows, " ", dim, "\n")) {}

  absl::string_view extension() const override { return ".txt"; }
  bool uses_keys() const override { return true; }
  std::string Header() const override { return header_; }
  void AppendRow(absl::string_view key, absl::Span<const float> weight, std::string* out) override {
    absl::StrAppend(out, Unspaced(key, '_'), " ");
    AppendFloats(weight, ' ', out);
    out->push_back('\n');
  }
  std::string MetadataLine(absl::string_view /*key*/) override { return ""; }
  bool has_metadata() const override { return false; }

 private:
  std::string header_;
};

class TsvFormat : public ExportFormat {
 public:
  explicit TsvFormat(bool has_keys) : has_keys_(has_keys) {}

  absl::string_view extension() const override { return ".tsv"; }
  bool uses_keys() const override { return has_keys_; }
  std::string Header() const override { return ""; }
  void AppendRow(absl::string_view /*key*/, absl::Span<const float> weight, std::string* out) override {
    AppendFloats(weight, '\t', out);
    out->push_back('\n');
  }
  // One column without header. Spaces are fine there; a tab would begin a second column, an empty line end the file.
  std::string MetadataLine(absl::string_view key) override {
    const bool is_plain = !key.empty() && key.find_first_of("\t\r") == absl::string_view::npos;
    std::string line(key);
    if (!is_plain) line = Unspaced(key, '_');
    line.push_back('\n');
    return line;
  }
  bool has_metadata() const override { return has_keys_; }

 private:
  const bool has_keys_;
};

absl::Status UnknownFormat(absl::string_view name, absl::string_view formats) {
  return absl::InvalidArgumentError(absl::StrCat("there is no format '", name, "'", formats));
}

}  // namespace

std::string ExportFormat::Unspaced(absl::string_view key, char replacement) {
  std::string changed(key);
  if (changed.empty()) changed.push_back(replacement);
  for (char& c : changed) {
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) c = replacement;
  }
  if (changed != key) ++changed_keys_;
  return changed;
}

absl::StatusOr<std::unique_ptr<ExportFormat>> CreateExportFormat(absl::string_view name, absl::string_view table,
                                                                 int64_t num_rows, int dim) {
  std::unique_ptr<ExportFormat> format = CreateBinaryFormat(name, absl::StrCat(table, ".weight"), {num_rows, dim});
  if (name == "word2vec") format = std::make_unique<Word2vecFormat>(num_rows, dim);
  if (name == "tsv") format = std::make_unique<TsvFormat>(/*has_keys=*/true);
  if (format != nullptr) return format;
  return UnknownFormat(name, "; the formats are: npy, safetensors, word2vec, tsv");
}

absl::StatusOr<std::unique_ptr<ExportFormat>> CreateParameterFormat(absl::string_view name, absl::string_view parameter,
                                                                    absl::Span<const int64_t> shape) {
  std::unique_ptr<ExportFormat> format = CreateBinaryFormat(name, parameter, shape);
  if (name == "tsv") format = std::make_unique<TsvFormat>(/*has_keys=*/false);
  if (format != nullptr) return format;
  return UnknownFormat(name, " of dense parameters; the formats are: npy, safetensors, tsv");
}

}  // namespace shoal
