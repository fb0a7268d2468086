#include "common/config/find_table.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(FindTableTest, ATableIsFoundByItsName) {
  JobConfig job;
  job.add_tables()->set_name("user");
  job.add_tables()->set_name("item");
  EXPECT_EQ(FindTable(job, "user"), 0);
  EXPECT_EQ(FindTable(job, "item"), 1);
  EXPECT_EQ(FindTable(job, "word"), absl::nullopt);
  EXPECT_EQ(FindTable(job, ""), absl::nullopt);
}

}  // namespace
}  // namespace shoal
