#include "common/data/record_format.h"

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

DataConfig Data(const std::string& text) {
  DataConfig data;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &data)) << text;
  return data;
}

absl::StatusOr<RecordFormat> Format(const std::string& text) {
  const DataConfig data = Data(text);
  return FormatOf(data, data.train(), "data.train");
}

TEST(RecordFormatTest, MovieLensFormatsDefineTheirColumns) {
  struct Case {
    const char* format;
    const char* delimiter;
    bool header;
  };
  for (const Case& c :
       {Case{"MOVIELENS_100K", "\t", false}, Case{"MOVIELENS_DAT", "::", false}, Case{"MOVIELENS_CSV", ",", true}}) {
    const RecordFormat format = Format(std::string("train { path: 'x' format: ") + c.format + " }").value();
    EXPECT_EQ(c.delimiter, format.delimiter);
    EXPECT_EQ(c.header, format.header);
    EXPECT_EQ(ColumnConfig::INTEGER_ID, FindColumn(format, "user_id", "data.train")->type());
    EXPECT_EQ(ColumnConfig::INTEGER_ID, FindColumn(format, "item_id", "data.train")->type());
    const ColumnConfig rating = FindColumn(format, "rating", "data.train").value();
    EXPECT_EQ(ColumnConfig::NUMBER, rating.type());
    EXPECT_EQ(!c.header, rating.has_position());
  }
}

TEST(RecordFormatTest, DelimitedSourcesHaveTheColumnsOfTheJob) {
  const RecordFormat format =
      Format("train { path: 'x' delimiter: '||' header: true } columns { name: 'a' header: 'A' }").value();
  EXPECT_EQ("||", format.delimiter);
  EXPECT_TRUE(format.header);
  EXPECT_EQ("A", FindColumn(format, "a", "data.train")->header());
}

TEST(RecordFormatTest, IdxSourcesHaveImagesAndLabels) {
  const RecordFormat format = Format("train { path: 'x' labels_path: 'y' format: IDX }").value();
  EXPECT_EQ("image", format.image_column);
  EXPECT_EQ(ColumnConfig::LABEL, FindColumn(format, "label", "data.train")->type());
}

TEST(RecordFormatTest, IdxSourcesWithoutLabelsHaveImagesAlone) {
  const RecordFormat format = Format("train { path: 'x' format: IDX }").value();
  EXPECT_EQ("image", format.image_column);
  EXPECT_EQ("data.train needs a labels_path, the labels of its images",
            FindColumn(format, "label", "data.train").status().message());
}

TEST(RecordFormatTest, WhatCannotBeReadIsRefusedByName) {
  EXPECT_EQ("data.train needs a path, or synthetic", Format("train {}").status().message());
  EXPECT_EQ("data.train.delimiter is empty", Format("train { path: 'x' delimiter: '' }").status().message());
  EXPECT_EQ("data.columns 'a' needs a position, counted from 0: data.train has no header line to find it by",
            Format("train { path: 'x' } columns { name: 'a' }").status().message());
}

TEST(RecordFormatTest, AMissingColumnIsNamedWithThoseThereAre) {
  const RecordFormat format = Format("train { path: 'x' format: MOVIELENS_100K }").value();
  EXPECT_EQ("data.train has no column 'user', which the model reads; it has: user_id, item_id, rating",
            FindColumn(format, "user", "data.train").status().message());
}

}  // namespace
}  // namespace shoal
