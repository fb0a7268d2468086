// Images and their labels in the IDX files of MNIST (yann.lecun.com/exdb/mnist): a header of big-endian 32-bit numbers,
// then one unsigned byte a pixel, image after image and row after row, or one a label.
//
//   images: 0x00000803, number of images, rows, columns
//   labels: 0x00000801, number of labels
#ifndef SHOAL_COMMON_DATA_IDX_SOURCE_H_
#define SHOAL_COMMON_DATA_IDX_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/data/byte_source.h"
#include "common/data/record_source.h"
#include "proto/job.pb.h"

namespace shoal {

class IdxSource : public RecordSource {
 public:
  // The columns of every IDX source: the pixels as they stand, and the label as a decimal number.
  static constexpr char kImageColumn[] = "image";
  static constexpr char kLabelColumn[] = "label";
  // A larger image is taken for damage.
  static constexpr int64_t kMaxPixels = int64_t{1} << 24;

  // Opens plain, gzip or zstd files and reads their headers. Records have the named ones of the two columns. An empty
  // `labels_path`: there are no labels. REQUIRES: then `columns` does not name them.
  // InvalidArgument names the file and what was found: another magic number, images without pixels or of more than
  // kMaxPixels, numbers of images and labels that differ. DataLoss: a header is cut off.
  static absl::StatusOr<std::unique_ptr<IdxSource>> Open(const std::string& images_path, const std::string& labels_path,
                                                         const std::vector<ColumnConfig>& columns);

  int height() const { return height_; }
  int width() const { return width_; }

  // DataLoss names a file that ends before its last record, or goes on behind it.
  absl::StatusOr<bool> Next() override;
  absl::Status GetFields(std::vector<absl::string_view>* fields) override;
  RecordPlace Place() const override { return {"image", images_.num_taken}; }
  // "path: image 1".
  std::string Location() const override;

 private:
  // One of the two files: records of the same size behind a header.
  struct File {
    std::string path;
    std::unique_ptr<ByteSource> source;
    int64_t num_records = 0;
    size_t record_bytes = 1;
    std::string block;      // Records read ahead.
    size_t begin = 0;       // Of the first record in the block that is not handed out.
    int64_t num_taken = 0;  // Records handed out.
  };

  explicit IdxSource(const std::vector<ColumnConfig>& columns);

  static absl::StatusOr<File> OpenFile(const std::string& path);
  static absl::StatusOr<std::vector<uint32_t>> ReadHeader(File* file, uint32_t magic, size_t num_sizes);
  // The next record, valid until the next call; REQUIRES: there is one.
  static absl::StatusOr<absl::string_view> TakeRecord(File* file);
  static absl::Status CheckEnd(File* file);

  absl::Status OpenImages(const std::string& path);
  absl::Status OpenLabels(const std::string& path);
  bool has_labels() const { return labels_.source != nullptr; }

  std::vector<bool> is_image_;  // By column.
  File images_;
  File labels_;
  int height_ = 0;
  int width_ = 0;
  absl::string_view image_;
  std::string label_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_IDX_SOURCE_H_
