#include "common/data/idx_source.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr uint32_t kImagesMagic = 0x00000803;
constexpr uint32_t kLabelsMagic = 0x00000801;
constexpr size_t kBlockBytes = 256 << 10;

// Fills `data`, or what there is until the end.
absl::StatusOr<size_t> ReadFully(ByteSource* source, char* data, size_t size) {
  size_t have = 0;
  while (have < size) {
    SHOAL_ASSIGN_OR_RETURN(const size_t got, source->Read(data + have, size - have));
    if (got == 0) break;
    have += got;
  }
  return have;
}

uint32_t BigEndian(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string MagicError(const std::string& path, uint32_t magic, uint32_t found) {
  const bool images = magic == kImagesMagic;
  std::string error = absl::StrFormat("'%s' is no IDX file of %s: it begins with 0x%08x, not 0x%08x", path,
                                      images ? "images" : "labels", found, magic);
  if (found == (images ? kLabelsMagic : kImagesMagic)) {
    absl::StrAppend(&error, "; it is one of ", images ? "labels: labels_path takes it" : "images: path takes it");
  }
  return error;
}

}  // namespace

IdxSource::IdxSource(const std::vector<ColumnConfig>& columns) {
  for (const ColumnConfig& column : columns) is_image_.push_back(column.name() == kImageColumn);
}

absl::StatusOr<IdxSource::File> IdxSource::OpenFile(const std::string& path) {
  File file;
  file.path = path;
  SHOAL_ASSIGN_OR_RETURN(file.source, OpenByteSource(path));
  return file;
}

absl::StatusOr<std::vector<uint32_t>> IdxSource::ReadHeader(File* file, uint32_t magic, size_t num_sizes) {
  std::string bytes(4 * (1 + num_sizes), '\0');
  SHOAL_ASSIGN_OR_RETURN(const size_t got, ReadFully(file->source.get(), bytes.data(), bytes.size()));
  if (got >= 4 && BigEndian(bytes.data()) != magic) {
    return absl::InvalidArgumentError(MagicError(file->path, magic, BigEndian(bytes.data())));
  }
  if (got < bytes.size()) {
    return absl::DataLossError(
        absl::StrCat("'", file->path, "' ends after ", got, " of the ", bytes.size(), " bytes of its header"));
  }
  std::vector<uint32_t> sizes;
  for (size_t i = 1; i <= num_sizes; ++i) sizes.push_back(BigEndian(&bytes[4 * i]));
  return sizes;
}

absl::Status IdxSource::OpenImages(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(images_, OpenFile(path));
  SHOAL_ASSIGN_OR_RETURN(const std::vector<uint32_t> sizes, ReadHeader(&images_, kImagesMagic, 3));
  const uint64_t pixels = uint64_t{sizes[1]} * sizes[2];
  if (pixels == 0 || pixels > kMaxPixels) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' has images of ", sizes[1], " x ", sizes[2],
                                                   " pixels; an image may have 1 to ", kMaxPixels));
  }
  images_.num_records = sizes[0];
  images_.record_bytes = pixels;
  height_ = static_cast<int>(sizes[1]);
  width_ = static_cast<int>(sizes[2]);
  return absl::OkStatus();
}

absl::Status IdxSource::OpenLabels(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(labels_, OpenFile(path));
  SHOAL_ASSIGN_OR_RETURN(const std::vector<uint32_t> sizes, ReadHeader(&labels_, kLabelsMagic, 1));
  labels_.num_records = sizes[0];
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<IdxSource>> IdxSource::Open(const std::string& images_path,
                                                           const std::string& labels_path,
                                                           const std::vector<ColumnConfig>& columns) {
  std::unique_ptr<IdxSource> source(new IdxSource(columns));
  SHOAL_RETURN_IF_ERROR(source->OpenImages(images_path));
  if (labels_path.empty()) return source;
  SHOAL_RETURN_IF_ERROR(source->OpenLabels(labels_path));
  if (source->images_.num_records == source->labels_.num_records) return source;
  return absl::InvalidArgumentError(absl::StrCat("'", images_path, "' has ", source->images_.num_records,
                                                 " images, but '", labels_path, "' has ", source->labels_.num_records,
                                                 " labels"));
}

absl::StatusOr<absl::string_view> IdxSource::TakeRecord(File* file) {
  if (file->begin == file->block.size()) {
    const size_t left = static_cast<size_t>(file->num_records - file->num_taken);
    const size_t records = std::min(left, std::max<size_t>(1, kBlockBytes / file->record_bytes));
    file->block.resize(records * file->record_bytes);
    file->begin = 0;
    SHOAL_ASSIGN_OR_RETURN(const size_t got, ReadFully(file->source.get(), file->block.data(), file->block.size()));
    if (got < file->block.size()) {
      return absl::DataLossError(absl::StrCat("'", file->path, "' is cut off: it holds ",
                                              file->num_taken + static_cast<int64_t>(got / file->record_bytes),
                                              " of the ", file->num_records, " records that its header tells of"));
    }
  }
  const absl::string_view record = absl::string_view(file->block).substr(file->begin, file->record_bytes);
  file->begin += file->record_bytes;
  ++file->num_taken;
  return record;
}

absl::Status IdxSource::CheckEnd(File* file) {
  char byte;
  SHOAL_ASSIGN_OR_RETURN(const size_t got, file->source->Read(&byte, 1));
  if (got == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("'", file->path, "' goes on behind the ", file->num_records, " records that its header tells of"));
}

absl::StatusOr<bool> IdxSource::Next() {
  if (images_.num_taken == images_.num_records) {
    SHOAL_RETURN_IF_ERROR(CheckEnd(&images_));
    if (has_labels()) SHOAL_RETURN_IF_ERROR(CheckEnd(&labels_));
    return false;
  }
  SHOAL_ASSIGN_OR_RETURN(image_, TakeRecord(&images_));
  if (!has_labels()) return true;
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view label, TakeRecord(&labels_));
  label_ = absl::StrCat(static_cast<unsigned char>(label[0]));
  return true;
}

absl::Status IdxSource::GetFields(std::vector<absl::string_view>* fields) {
  fields->clear();
  for (const bool is_image : is_image_) fields->push_back(is_image ? image_ : absl::string_view(label_));
  return absl::OkStatus();
}

std::string IdxSource::Location() const { return absl::StrCat(images_.path, ": image ", images_.num_taken); }

}  // namespace shoal
