#include "common/data/idx_source.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/idx_files.h"
#include "tests/common/data/packing.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

std::vector<ColumnConfig> Columns(const std::vector<std::string>& names) {
  std::vector<ColumnConfig> columns;
  for (const std::string& name : names) columns.emplace_back().set_name(name);
  return columns;
}

class IdxSourceTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<IdxSource>> Open(const std::string& images, const std::string& labels,
                                                  const std::vector<std::string>& columns = {"image", "label"}) {
    return IdxSource::Open(files_.Write("images", images), files_.Write("labels", labels), Columns(columns));
  }

  // Why opening fails, or else why reading to the end does. File names are left out.
  std::string Error(const std::string& images, const std::string& labels, absl::StatusCode code) {
    const auto source = Open(images, labels);
    absl::Status status = source.status();
    while (status.ok()) {
      const absl::StatusOr<bool> more = (*source)->Next();
      status = more.status();
      if (status.ok() && !*more) return "";
    }
    EXPECT_EQ(code, status.code()) << status;
    std::string message(status.message());
    for (size_t at; (at = message.find(files_.directory() + "/")) != message.npos;) {
      message.erase(at, files_.directory().size() + 1);
    }
    return message;
  }

  const TestFiles files_;
};

TEST_F(IdxSourceTest, RecordsAreAnImageAndItsLabel) {
  const auto source = Open(IdxImages(2, 2, 3, "abcdefABCDEF"), IdxLabels(2, "\x07\xff")).value();
  EXPECT_EQ(2, source->height());
  EXPECT_EQ(3, source->width());
  std::vector<absl::string_view> fields;
  ASSERT_TRUE(source->Next().value());
  ASSERT_TRUE(source->GetFields(&fields).ok());
  EXPECT_THAT(fields, ElementsAre("abcdef", "7"));
  EXPECT_EQ(files_.Path("images") + ": image 1", source->Location());
  ASSERT_TRUE(source->Next().value());
  ASSERT_TRUE(source->GetFields(&fields).ok());
  EXPECT_THAT(fields, ElementsAre("ABCDEF", "255"));
  EXPECT_EQ(files_.Path("images") + ": image 2", source->Location());
  EXPECT_FALSE(source->Next().value());
}

TEST_F(IdxSourceTest, OnlyTheWantedColumnsAreGivenInTheirOrder) {
  std::vector<absl::string_view> fields;
  const auto both = Open(IdxImages(1, 1, 2, "ab"), IdxLabels(1, "\x01"), {"label", "image"}).value();
  ASSERT_TRUE(both->Next().value());
  ASSERT_TRUE(both->GetFields(&fields).ok());
  EXPECT_THAT(fields, ElementsAre("1", "ab"));
  const auto label = Open(IdxImages(1, 1, 2, "ab"), IdxLabels(1, "\x01"), {"label"}).value();
  ASSERT_TRUE(label->Next().value());
  ASSERT_TRUE(label->GetFields(&fields).ok());
  EXPECT_THAT(fields, ElementsAre("1"));
}

TEST_F(IdxSourceTest, CompressedFilesOfManyBlocksReadLikePlainOnes) {
  constexpr int kImages = 3000;
  std::string pixels;
  std::string labels;
  for (int i = 0; i < kImages; ++i) {
    for (int j = 0; j < 20 * 10; ++j) pixels.push_back(static_cast<char>(i * 7 + j));
    labels.push_back(static_cast<char>(i % 11));
  }
  const auto source = Open(Gzip(IdxImages(kImages, 20, 10, pixels)), Zstd(IdxLabels(kImages, labels))).value();
  std::vector<absl::string_view> fields;
  for (int i = 0; i < kImages; ++i) {
    ASSERT_TRUE(source->Next().value());
    ASSERT_TRUE(source->GetFields(&fields).ok());
    ASSERT_EQ(fields[0], absl::string_view(pixels).substr(i * 200, 200)) << i;
    ASSERT_EQ(fields[1], std::to_string(i % 11));
  }
  EXPECT_FALSE(source->Next().value());
}

TEST_F(IdxSourceTest, NoImagesAreNoRecords) {
  EXPECT_FALSE(Open(IdxImages(0, 2, 2, ""), IdxLabels(0, "")).value()->Next().value());
}

TEST_F(IdxSourceTest, AnotherMagicNumberIsNamed) {
  const std::string images = IdxImages(1, 1, 1, "a");
  const std::string labels = IdxLabels(1, "b");
  EXPECT_EQ(
      "'images' is no IDX file of images: it begins with 0x00000801, not 0x00000803; it is one of labels: "
      "labels_path takes it",
      Error(labels, labels, absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(
      "'labels' is no IDX file of labels: it begins with 0x00000803, not 0x00000801; it is one of images: path "
      "takes it",
      Error(images, images, absl::StatusCode::kInvalidArgument));
  EXPECT_EQ("'images' is no IDX file of images: it begins with 0x504b0304, not 0x00000803",
            Error("PK\x03\x04", labels, absl::StatusCode::kInvalidArgument));
}

TEST_F(IdxSourceTest, NumbersOfImagesAndLabelsMustAgree) {
  EXPECT_EQ("'images' has 2 images, but 'labels' has 3 labels",
            Error(IdxImages(2, 1, 1, "ab"), IdxLabels(3, "abc"), absl::StatusCode::kInvalidArgument));
}

TEST_F(IdxSourceTest, ImagesWithoutPixelsOrTooLargeAreRefused) {
  EXPECT_EQ("'images' has images of 0 x 28 pixels; an image may have 1 to 16777216",
            Error(IdxImages(2, 0, 28, ""), IdxLabels(2, "ab"), absl::StatusCode::kInvalidArgument));
  EXPECT_EQ("'images' has images of 4294967295 x 4294967295 pixels; an image may have 1 to 16777216",
            Error(IdxImages(2, 0xffffffff, 0xffffffff, ""), IdxLabels(2, "ab"), absl::StatusCode::kInvalidArgument));
}

TEST_F(IdxSourceTest, EveryCutIsFound) {
  const std::string images = IdxImages(3, 1, 2, "abcdef");
  const std::string labels = IdxLabels(3, "abc");
  EXPECT_EQ("", Error(images, labels, absl::StatusCode::kOk));
  for (size_t size = 0; size < images.size(); ++size) {
    EXPECT_NE("", Error(images.substr(0, size), labels, absl::StatusCode::kDataLoss)) << size;
  }
  for (size_t size = 0; size < labels.size(); ++size) {
    EXPECT_NE("", Error(images, labels.substr(0, size), absl::StatusCode::kDataLoss)) << size;
  }
  EXPECT_EQ("'images' ends after 15 of the 16 bytes of its header",
            Error(images.substr(0, 15), labels, absl::StatusCode::kDataLoss));
  EXPECT_EQ("'images' is cut off: it holds 2 of the 3 records that its header tells of",
            Error(images.substr(0, images.size() - 1), labels, absl::StatusCode::kDataLoss));
}

TEST_F(IdxSourceTest, BytesBehindTheLastRecordAreAnError) {
  const std::string images = IdxImages(1, 1, 1, "a");
  const std::string labels = IdxLabels(1, "b");
  EXPECT_EQ("'images' goes on behind the 1 records that its header tells of",
            Error(images + "x", labels, absl::StatusCode::kDataLoss));
  EXPECT_EQ("'labels' goes on behind the 1 records that its header tells of",
            Error(images, labels + "x", absl::StatusCode::kDataLoss));
}

TEST_F(IdxSourceTest, AMissingFileIsNotFoundWithItsPath) {
  const absl::Status status =
      IdxSource::Open(files_.Write("images", IdxImages(1, 1, 1, "a")), "/nowhere/labels", Columns({"image"})).status();
  EXPECT_EQ(absl::StatusCode::kNotFound, status.code());
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("/nowhere/labels"));
}

}  // namespace
}  // namespace shoal
