#include "common/data/synthetic_source.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;

SyntheticRatings Config(const std::string& text) {
  SyntheticRatings config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return config;
}

std::vector<ColumnConfig> Columns(const std::vector<std::string>& names) {
  std::vector<ColumnConfig> columns;
  for (const std::string& name : names) columns.emplace_back().set_name(name);
  return columns;
}

std::vector<std::string> Records(const SyntheticRatings& config, uint64_t seed, SourceRole role = SourceRole::kTrain) {
  auto source = SyntheticSource::Create(config, seed, role, Columns({"user_id", "item_id", "rating"})).value();
  std::vector<std::string> records;
  std::vector<absl::string_view> fields;
  while (source->Next().value()) {
    EXPECT_TRUE(source->GetFields(&fields).ok());
    records.push_back(absl::StrJoin(fields, " "));
  }
  return records;
}

struct Rating {
  int user;
  int item;
  double value;
};

std::vector<Rating> Ratings(const SyntheticRatings& config) {
  std::vector<Rating> ratings;
  for (const std::string& record : Records(config, 1)) {
    Rating rating;
    EXPECT_EQ(3, sscanf(record.c_str(), "%d %d %lf", &rating.user, &rating.item, &rating.value)) << record;
    ratings.push_back(rating);
  }
  return ratings;
}

TEST(SyntheticSourceTest, TheSameSeedGivesTheSameRatings) {
  const SyntheticRatings config = Config("num_ratings: 100");
  EXPECT_EQ(Records(config, 1), Records(config, 1));
  EXPECT_NE(Records(config, 1), Records(config, 2));
  EXPECT_NE(Records(config, 1), Records(config, 1, SourceRole::kValidation));
}

// Later versions and other machines must make the same ratings.
TEST(SyntheticSourceTest, TheFirstRatingsStayAsTheyAre) {
  EXPECT_THAT(Records(Config("num_ratings: 3"), 42),
              ElementsAre("398 843 2.79243", "562 1527 2.16025", "729 892 3.53662"));
}

TEST(SyntheticSourceTest, IdsAndRatingsLieInTheirRanges) {
  std::map<int, int> users;
  std::map<int, int> items;
  double sum = 0;
  const auto config = Config("num_users: 7 num_items: 11 num_ratings: 7700 low: -1 high: 3 noise: 0.5");
  for (const Rating& rating : Ratings(config)) {
    ++users[rating.user];
    ++items[rating.item];
    EXPECT_GE(rating.value, -1);
    EXPECT_LE(rating.value, 3);
    sum += rating.value;
  }
  EXPECT_EQ(7u, users.size());
  EXPECT_EQ(0, users.begin()->first);
  EXPECT_EQ(11u, items.size());
  EXPECT_EQ(0, items.begin()->first);
  for (const auto& [item, count] : items) EXPECT_NEAR(count, 700, 150) << "item " << item;
  EXPECT_NEAR(sum / 7700, 1, 0.5);
}

TEST(SyntheticSourceTest, RatingsOfAPairDifferByTheNoiseAlone) {
  const auto config = Config("num_users: 4 num_items: 4 num_ratings: 16000 low: -50 high: 50 noise: 0.25 rank: 3");
  std::map<std::pair<int, int>, std::vector<double>> by_pair;
  for (const Rating& rating : Ratings(config)) by_pair[{rating.user, rating.item}].push_back(rating.value);
  double squares = 0;
  for (const auto& [pair, values] : by_pair) {
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
  }
  EXPECT_NEAR(std::sqrt(squares / 16000), 0.25, 0.01);
}

TEST(SyntheticSourceTest, RatingsWithoutNoiseHaveTheRankAskedFor) {
  // Of a rank-1 table without noise, around its middle, every 2 x 2 minor is zero.
  const auto config = Config("num_users: 2 num_items: 2 num_ratings: 100 low: -60 high: 60 noise: 0 rank: 1");
  double table[2][2] = {};
  for (const Rating& rating : Ratings(config)) table[rating.user][rating.item] = rating.value;
  EXPECT_NE(0, table[0][0]);
  const double product = table[0][0] * table[1][1];
  EXPECT_NEAR(product, table[0][1] * table[1][0], 1e-4 * std::abs(product));
}

TEST(SyntheticSourceTest, FieldsComeInTheOrderOfTheColumns) {
  const auto config = Config("num_users: 1 num_items: 1 num_ratings: 1 low: 2 high: 2.00001");
  auto source = SyntheticSource::Create(config, 1, SourceRole::kTrain, Columns({"rating", "item_id"})).value();
  ASSERT_TRUE(source->Next().value());
  std::vector<absl::string_view> fields;
  ASSERT_TRUE(source->GetFields(&fields).ok());
  ASSERT_EQ(2u, fields.size());
  EXPECT_EQ('2', fields[0][0]);
  EXPECT_EQ("0", fields[1]);
  EXPECT_EQ("synthetic rating 1", source->Location());
}

TEST(SyntheticSourceTest, ImpossibleSettingsAreRefusedByName) {
  const auto message = [](const std::string& config) {
    return std::string(SyntheticSource::Create(Config(config), 1, SourceRole::kTrain, {}).status().message());
  };
  EXPECT_EQ("synthetic.num_users: 0 is not at least 1", message("num_users: 0"));
  EXPECT_EQ("synthetic.num_items: -1 is not at least 1", message("num_items: -1"));
  EXPECT_EQ("synthetic.num_ratings: 0 is not at least 1", message("num_ratings: 0"));
  EXPECT_EQ("synthetic.rank: 0 is not at least 1", message("rank: 0"));
  EXPECT_EQ("synthetic.noise: -1 is not at least 0", message("noise: -1"));
  EXPECT_EQ("synthetic.high: 1 is not above synthetic.low, 1", message("low: 1 high: 1"));
}

}  // namespace
}  // namespace shoal
