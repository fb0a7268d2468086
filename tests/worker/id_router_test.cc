#include "worker/id_router.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(IdRouter, GroupsPositionsByTheOwnerOfTheirPartition) {
  // Partitions 0 and 3 belong to server 1, 1 to server 0, 2 to server 2.
  const IdRouter router({1, 0, 2, 1}, 4);
  const std::vector<uint64_t> ids = {4, 5, 3, 6, 1, 0};
  IdRouter::Routes routes;
  router.Route(ids, 4, &routes);
  EXPECT_THAT(routes.positions(0), ElementsAre(1, 4));
  EXPECT_THAT(routes.positions(1), ElementsAre(0, 2, 5));
  EXPECT_THAT(routes.positions(2), ElementsAre(3));
  EXPECT_THAT(routes.positions(3), IsEmpty());
}

TEST(IdRouter, TablesWithFewerPartitionsUseTheBeginningOfTheMap) {
  const IdRouter router({1, 0, 2, 1}, 3);
  const std::vector<uint64_t> ids = {2, 3};
  IdRouter::Routes routes;
  router.Route(ids, 2, &routes);
  EXPECT_THAT(routes.positions(1), ElementsAre(0));
  EXPECT_THAT(routes.positions(0), ElementsAre(1));
}

TEST(IdRouter, OneServerGetsEverything) {
  const IdRouter router({0, 0}, 1);
  const std::vector<uint64_t> ids = {7, 9, 8};
  IdRouter::Routes routes;
  router.Route(ids, 2, &routes);
  EXPECT_THAT(routes.positions(0), ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace shoal
