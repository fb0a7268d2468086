#include "worker/cuda/kernels/place_grouping.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/kernels/device_test_util.h"

namespace shoal {
namespace {

class PlaceGroupingTest : public DeviceSuite {
 protected:
  // What the groups must be, from their definition.
  void ExpectGroups(const PlaceGroups& groups, const std::vector<uint32_t>& row_of_place, uint32_t num_rows) {
    const auto n = static_cast<uint32_t>(row_of_place.size());
    std::vector<std::vector<uint32_t>> places_of_row(num_rows);
    for (uint32_t p = 0; p < n; ++p) places_of_row[row_of_place[p]].push_back(p);
    std::vector<uint32_t> places;
    std::vector<uint32_t> begins = {0};
    std::vector<uint32_t> chunk_begins = {0};
    std::vector<uint32_t> chunk_rows;
    for (uint32_t r = 0; r < num_rows; ++r) {
      places.insert(places.end(), places_of_row[r].begin(), places_of_row[r].end());
      begins.push_back(static_cast<uint32_t>(places.size()));
      for (size_t c = 0; c * kPlacesPerChunk < places_of_row[r].size(); ++c) chunk_rows.push_back(r);
      chunk_begins.push_back(static_cast<uint32_t>(chunk_rows.size()));
    }
    ASSERT_EQ(groups.num_places, n);
    ASSERT_EQ(groups.num_rows, num_rows);
    EXPECT_EQ(FromDevice(device(), groups.places, n), places);
    EXPECT_EQ(FromDevice(device(), groups.begins, num_rows + 1), begins);
    EXPECT_EQ(FromDevice(device(), groups.chunk_begins, num_rows + 1), chunk_begins);
    ASSERT_LE(chunk_rows.size(), PlaceGroups::MaxChunks(n, num_rows));
    EXPECT_EQ(FromDevice(device(), groups.chunk_rows, chunk_rows.size()), chunk_rows);
  }

  void ExpectGroupsOf(const std::vector<uint32_t>& row_of_place, uint32_t num_rows) {
    PlaceGrouping grouping(&device());
    const DeviceArray<uint32_t> keys = OnDevice(device(), row_of_place);
    ASSERT_TRUE(grouping.Group(keys.data(), static_cast<int64_t>(row_of_place.size()), num_rows).ok());
    ExpectGroups(grouping.groups(), row_of_place, num_rows);
  }

  void ExpectGroupsOfIds(const std::vector<uint32_t>& ids, int64_t num_ids) {
    PlaceGrouping grouping(&device());
    const DeviceArray<uint32_t> on_device = OnDevice(device(), ids);
    const auto num_places = static_cast<int64_t>(ids.size());
    ASSERT_TRUE(grouping.GroupIds(on_device.data(), num_places, num_ids).ok());
    const std::set<uint32_t> sorted(ids.begin(), ids.end());
    std::vector<uint32_t> distinct(sorted.begin(), sorted.end());
    std::vector<uint32_t> rows;
    for (const uint32_t id : ids) {
      rows.push_back(static_cast<uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), id) - distinct.begin()));
    }
    EXPECT_EQ(FromDevice(device(), grouping.row_of_place(), rows.size()), rows);
    distinct.resize(std::min(num_places, num_ids), CachedRows::kNone);
    EXPECT_EQ(FromDevice(device(), grouping.distinct_ids(), distinct.size()), distinct);
    ExpectGroups(grouping.groups(), rows, static_cast<uint32_t>(distinct.size()));
  }
};

TEST_P(PlaceGroupingTest, NoPlaces) {
  ExpectGroupsOf({}, 0);
  ExpectGroupsOf({}, 3);
}

TEST_P(PlaceGroupingTest, OnePlace) {
  ExpectGroupsOf({0}, 1);
  ExpectGroupsOf({2}, 5);
}

TEST_P(PlaceGroupingTest, RowsWithoutPlacesAreEmpty) { ExpectGroupsOf({4, 1, 4, 1, 1}, 7); }

TEST_P(PlaceGroupingTest, ARowOfManyPlacesHasSeveralChunks) {
  for (const int count : {kPlacesPerChunk - 1, kPlacesPerChunk, kPlacesPerChunk + 1, 3 * kPlacesPerChunk + 5}) {
    ExpectGroupsOf(std::vector<uint32_t>(count, 0), 1);
    ExpectGroupsOf(std::vector<uint32_t>(count, 1), 3);
  }
}

TEST_P(PlaceGroupingTest, RandomPlaces) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const uint32_t num_rows : {1U, 2U, 60U, 1000U, 70000U}) {
    std::vector<uint32_t> rows(3000);
    // Half of them of few rows.
    for (uint32_t& row : rows) row = random() % (random() % 2 == 0 ? num_rows : std::min(num_rows, 3U));
    ExpectGroupsOf(rows, num_rows);
  }
}

TEST_P(PlaceGroupingTest, DistinctIdsAscend) {
  ExpectGroupsOfIds({}, 10);
  ExpectGroupsOfIds({7}, 10);
  ExpectGroupsOfIds({7, 7, 7}, 8);
  ExpectGroupsOfIds({9, 0, 3, 9, 0, 5}, 10);
  ExpectGroupsOfIds({~uint32_t{1}, 1, uint32_t{1} << 31, 1, ~uint32_t{1}}, ~uint32_t{0});
}

TEST_P(PlaceGroupingTest, RandomIds) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const uint32_t num_ids : {3U, 5000U, 20000000U}) {
    std::vector<uint32_t> ids(2000);
    for (uint32_t& id : ids) id = random() % num_ids;
    ExpectGroupsOfIds(ids, num_ids);
  }
}

TEST_P(PlaceGroupingTest, ASmallBatchAfterALargeOneIsGroupedAnew) {
  PlaceGrouping grouping(&device());
  const std::vector<uint32_t> large(1000, 2);
  const DeviceArray<uint32_t> large_keys = OnDevice(device(), large);
  ASSERT_TRUE(grouping.Group(large_keys.data(), 1000, 40).ok());
  ExpectGroups(grouping.groups(), large, 40);
  const std::vector<uint32_t> small = {1, 0};
  const DeviceArray<uint32_t> small_keys = OnDevice(device(), small);
  ASSERT_TRUE(grouping.Group(small_keys.data(), 2, 2).ok());
  ExpectGroups(grouping.groups(), small, 2);
}

SHOAL_INSTANTIATE_DEVICE_SUITE(PlaceGroupingTest);

}  // namespace
}  // namespace shoal
