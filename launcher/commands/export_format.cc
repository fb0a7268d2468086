#include "launcher/commands/export_format.h"

#include <charconv>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace shoal {
namespace {

// The shortest text that reads back as the same float.
void AppendFloat(float value, std::string* out) {
  char text[32];
  const std::to_chars_result result = std::to_chars(text, text + sizeof(text), value);
  out->append(text, result.ptr);
}

void AppendFloats(absl::Span<const float> values, char separator, std::string* out) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out->push_back(separator);
    AppendFloat(values[i], out);
  }
}

// Pads with `padding` so that `prefix_bytes` and the text together are a multiple of 64: the data can be mapped.
std::string PadTo64(size_t prefix_bytes, std::string text, char padding) {
  text.append((64 - (prefix_bytes + text.size()) % 64) % 64, padding);
  return text;
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

// NumPy format 1.0: magic, version, length of the rest as U16, a Python dictionary, spaces, a line feed.
std::string NpyHeader(int64_t num_rows, int dim) {
  constexpr size_t kPrefixBytes = 10;
  std::string dictionary =
      PadTo64(kPrefixBytes + 1,
              absl::StrFormat("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", num_rows, dim), ' ');
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

std::string SafetensorsHeader(absl::string_view table, int64_t num_rows, int dim) {
  const std::string json =
      PadTo64(sizeof(uint64_t),
              absl::StrFormat(R"({"%s.weight":{"dtype":"F32","shape":[%d,%d],"data_offsets":[0,%d]}})", table, num_rows,
                              dim, num_rows * dim * static_cast<int64_t>(sizeof(float))),
              ' ');
  const uint64_t length = json.size();
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&length), sizeof(length)), json);
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
  absl::string_view extension() const override { return ".tsv"; }
  bool uses_keys() const override { return true; }
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
  bool has_metadata() const override { return true; }
};

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
  std::unique_ptr<ExportFormat> format;
  if (name == "npy") format = std::make_unique<BinaryFormat>(".npy", NpyHeader(num_rows, dim));
  if (name == "safetensors") {
    format = std::make_unique<BinaryFormat>(".safetensors", SafetensorsHeader(table, num_rows, dim));
  }
  if (name == "word2vec") format = std::make_unique<Word2vecFormat>(num_rows, dim);
  if (name == "tsv") format = std::make_unique<TsvFormat>();
  if (format != nullptr) return format;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no format '", name, "'; the formats are: npy, safetensors, word2vec, tsv"));
}

}  // namespace shoal
