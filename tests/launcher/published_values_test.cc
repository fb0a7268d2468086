#include "launcher/published_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::Pointee;

TEST(PublishedValuesTest, AnEmptyValueIsAValue) {
  PublishedValues values;
  EXPECT_THAT(values.Find("key"), IsNull());
  ASSERT_TRUE(values.Publish(0, "key", "").ok());
  EXPECT_THAT(values.Find("key"), Pointee(std::string()));
}

TEST(PublishedValuesTest, PublishingTheSameAgainChangesNothing) {
  PublishedValues values;
  for (int i = 0; i < 2 * PublishedValues::kMaxKeysPerWorker; ++i) {
    EXPECT_TRUE(values.Publish(3, "key", "value").ok());
  }
  EXPECT_TRUE(values.Publish(3, "second key", "value").ok());
}

TEST(PublishedValuesTest, AKeyKeepsItsPublisherAndItsFirstValue) {
  PublishedValues values;
  ASSERT_TRUE(values.Publish(3, "key", "value").ok());
  const absl::Status other_value = values.Publish(3, "key", "other");
  const absl::Status other_worker = values.Publish(4, "key", "value");
  EXPECT_EQ(other_value.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(other_worker.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(other_worker.message()), HasSubstr("worker 4 cannot publish under 'key': worker 3"));
  EXPECT_THAT(values.Find("key"), Pointee(std::string("value")));
}

TEST(PublishedValuesTest, KeysAndValuesAreBounded) {
  PublishedValues values;
  const std::string longest_key(PublishedValues::kMaxKeyBytes, 'k');
  const std::string longest_value(PublishedValues::kMaxValueBytes, 'v');
  EXPECT_TRUE(values.Publish(0, longest_key, longest_value).ok());
  EXPECT_EQ(values.Publish(0, longest_key + "k", "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(values.Publish(0, "", "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(values.Publish(0, "key", longest_value + "v").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(values.Find("key"), IsNull());
}

TEST(PublishedValuesTest, AWorkersKeysAreCounted) {
  PublishedValues values;
  for (int i = 0; i < PublishedValues::kMaxKeysPerWorker; ++i) {
    ASSERT_TRUE(values.Publish(0, absl::StrCat("key ", i), "").ok());
  }
  EXPECT_EQ(values.Publish(0, "one more", "").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(values.Find("one more"), IsNull());
  EXPECT_TRUE(values.Publish(1, "one more", "").ok());
}

}  // namespace
}  // namespace shoal
