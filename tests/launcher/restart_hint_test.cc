#include "launcher/restart_hint.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

std::string Hint(int servers, int workers, bool dense, int max_restarts = 3) {
  JobConfig job;
  job.mutable_cluster()->set_parameter_servers(servers);
  job.mutable_cluster()->set_workers(workers);
  job.mutable_cluster()->set_max_restarts(max_restarts);
  if (dense) job.mutable_model()->mutable_network()->add_tower()->mutable_linear();
  return RestartHint(job);
}

TEST(RestartHintTest, WhoHoldsWhatNobodyElseHasCannotBeStartedAnew) {
  const std::string hint = "hint: the only worker holds the ";
  const std::string end = " and cannot be started anew; cluster.max_restarts has no effect";
  EXPECT_EQ(Hint(0, 1, false), hint + "tables" + end);
  EXPECT_EQ(Hint(0, 1, true), hint + "tables" + end);
  EXPECT_EQ(Hint(1, 1, true), hint + "dense parameters" + end);
  EXPECT_EQ(Hint(1, 1, false), "");
  EXPECT_EQ(Hint(1, 2, true), "");
  EXPECT_EQ(Hint(0, 1, false, /*max_restarts=*/0), "");
}

}  // namespace
}  // namespace shoal
