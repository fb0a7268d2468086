// IDX files of images and labels. The first two bytes of the input are the size of the first file, little-endian.
#include <algorithm>

#include "common/base/status_macros.h"
#include "common/data/idx_source.h"
#include "tests/common/data/idx_files.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/input_file.h"

namespace shoal {
namespace {

std::vector<ColumnConfig> Columns() {
  std::vector<ColumnConfig> columns(2);
  columns[0].set_name(IdxSource::kImageColumn);
  columns[1].set_name(IdxSource::kLabelColumn);
  return columns;
}

}  // namespace

std::string ValidInput(std::mt19937_64* random) {
  const uint32_t count = (*random)() % 4;
  const uint32_t height = 1 + (*random)() % 4;
  const uint32_t width = 1 + (*random)() % 4;
  const std::string images = IdxImages(count, height, width, std::string(count * height * width, 'p'));
  const std::string size = {static_cast<char>(images.size()), static_cast<char>(images.size() >> 8)};
  return absl::StrCat(size, images, IdxLabels(count, std::string(count, 3)));
}

absl::Status ReadInput(absl::string_view input) {
  if (input.size() < 2) return absl::InvalidArgumentError("no size of the first file");
  const size_t size = static_cast<uint8_t>(input[0]) + (size_t{static_cast<uint8_t>(input[1])} << 8);
  const absl::string_view files = input.substr(2);
  const InputFile images(files.substr(0, size));
  const InputFile labels(files.substr(std::min(size, files.size())));
  SHOAL_ASSIGN_OR_RETURN(const std::unique_ptr<IdxSource> source,
                         IdxSource::Open(images.path(), labels.path(), Columns()));
  std::vector<absl::string_view> fields;
  while (true) {
    SHOAL_ASSIGN_OR_RETURN(const bool more, source->Next());
    if (!more) return absl::OkStatus();
    SHOAL_RETURN_IF_ERROR(source->GetFields(&fields));
    Require(fields[0].size() == static_cast<size_t>(source->height()) * source->width(), "an image has other pixels");
    Require(!fields[1].empty() && fields[1].size() <= 3, "a label is no byte");
  }
}

}  // namespace shoal
