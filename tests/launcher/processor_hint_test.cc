#include "launcher/processor_hint.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

std::string Hint(int workers, int servers, int processors) {
  ClusterConfig cluster;
  cluster.set_workers(workers);
  cluster.set_parameter_servers(servers);
  return ProcessorHint(cluster, processors);
}

TEST(ProcessorHintTest, MoreProcessesThanProcessorsGiveAHint) {
  EXPECT_EQ(Hint(3, 1, 2),
            "hint: 1 parameter server and 3 workers share 2 processors; fewer of them may be faster "
            "(cluster.parameter_servers, cluster.workers)");
  EXPECT_EQ(Hint(3, 1, 4), "");
  EXPECT_EQ(Hint(3, 1, 0), "") << "not known";
  EXPECT_EQ(Hint(1, 0, 1), "");
}

}  // namespace
}  // namespace shoal
