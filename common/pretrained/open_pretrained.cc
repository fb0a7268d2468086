#include "common/pretrained/open_pretrained.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/data/byte_source.h"
#include "common/data/line_reader.h"
#include "common/pretrained/npy.h"
#include "common/pretrained/safetensors.h"
#include "common/pretrained/text_vectors.h"
#include "common/pretrained/word2vec_binary.h"

namespace shoal {
namespace {

// AUTO: the name does not tell.
PretrainedConfig::Format FormatOfName(absl::string_view path) {
  if (!absl::ConsumeSuffix(&path, ".gz")) absl::ConsumeSuffix(&path, ".zst");
  if (absl::EndsWith(path, ".npy")) return PretrainedConfig::NPY;
  if (absl::EndsWith(path, ".safetensors")) return PretrainedConfig::SAFETENSORS;
  if (absl::EndsWith(path, ".vec")) return PretrainedConfig::WORD2VEC_TEXT;
  if (absl::EndsWith(path, ".bin")) return PretrainedConfig::WORD2VEC_BINARY;
  return PretrainedConfig::AUTO;
}

bool IsNamedTxt(absl::string_view path) {
  if (!absl::ConsumeSuffix(&path, ".gz")) absl::ConsumeSuffix(&path, ".zst");
  return absl::EndsWith(path, ".txt");
}

absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenText(const std::string& path, TextVectors::Layout layout) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<LineReader> lines, LineReader::Open(path));
  return TextVectors::Open(std::move(lines), layout);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PretrainedVectors>> OpenPretrained(const PretrainedConfig& config) {
  const std::string& path = config.path();
  if (path.empty()) return absl::InvalidArgumentError("pretrained vectors need a path");
  const PretrainedConfig::Format format =
      config.format() == PretrainedConfig::AUTO ? FormatOfName(path) : config.format();
  switch (format) {
    case PretrainedConfig::NPY: {
      SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenByteSource(path));
      return OpenNpy(std::move(source), path);
    }
    case PretrainedConfig::SAFETENSORS: {
      SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenByteSource(path));
      return OpenSafetensors(std::move(source), path, config.tensor());
    }
    case PretrainedConfig::WORD2VEC_BINARY: {
      SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenByteSource(path));
      return Word2vecBinary::Open(std::move(source), path);
    }
    case PretrainedConfig::WORD2VEC_TEXT:
      return OpenText(path, TextVectors::Layout::kWord2vec);
    case PretrainedConfig::GLOVE_TEXT:
      return OpenText(path, TextVectors::Layout::kGlove);
    case PretrainedConfig::AUTO:
      break;
  }
  if (IsNamedTxt(path)) return OpenText(path, TextVectors::Layout::kByFirstLine);
  return absl::InvalidArgumentError(
      absl::StrCat("the name '", path,
                   "' does not tell the format of its vectors (.npy, .safetensors, .vec, .bin and .txt do); set "
                   "`format` to NPY, SAFETENSORS, WORD2VEC_TEXT, WORD2VEC_BINARY or GLOVE_TEXT"));
}

}  // namespace shoal
