#include "launcher/process_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal {
namespace {

using ::testing::ElementsAre;

const ProcessPlanOptions kOptions = {"/bin", "/tmp/shoal-x", "/run/logs"};

TEST(ProcessPlanTest, AnEmbeddedJobIsOneWorker) {
  ClusterConfig cluster;
  cluster.set_parameter_servers(0);
  const ProcessPlan plan = PlanProcesses(cluster, kOptions);
  ASSERT_EQ(plan.processes.size(), 1u);
  EXPECT_THAT(plan.processes[0].command,
              ElementsAre("/bin/shoal-worker", "--coordinator=unix:/tmp/shoal-x/coordinator.sock", "--rank=0"));
  EXPECT_EQ(plan.processes[0].log_path, "/run/logs/worker-0.log");
}

TEST(ProcessPlanTest, ServersListenAtSocketsOfTheirOwn) {
  ClusterConfig cluster;
  cluster.set_parameter_servers(2);
  cluster.set_workers(1);
  const ProcessPlan plan = PlanProcesses(cluster, kOptions);
  ASSERT_EQ(plan.processes.size(), 3u);
  EXPECT_THAT(plan.processes[1].command,
              ElementsAre("/bin/shoal-parameter-server", "--coordinator=unix:/tmp/shoal-x/coordinator.sock",
                          "--index=1", "--listen=unix:/tmp/shoal-x/ps-1.sock"));
  EXPECT_EQ(plan.processes[1].log_path, "/run/logs/parameter_server-1.log");
  EXPECT_EQ(plan.processes[2].id, (ProcessId{WORKER, 0}));
}

TEST(ProcessPlanTest, WorkersAreToldWhichDevicesTheJobNames) {
  ClusterConfig cluster;
  cluster.set_parameter_servers(1);
  cluster.set_workers(3);
  cluster.set_compute(ClusterConfig::CUDA);
  EXPECT_EQ(PlanProcesses(cluster, kOptions).processes[1].command.back(), "--rank=0");
  cluster.add_devices(4);
  cluster.add_devices(6);
  const ProcessPlan plan = PlanProcesses(cluster, kOptions);
  EXPECT_EQ(plan.processes[1].command.back(), "--device=4");
  EXPECT_EQ(plan.processes[2].command.back(), "--device=6");
  EXPECT_EQ(plan.processes[3].command.back(), "--device=4");
}

TEST(ProcessPlanTest, TcpPortsAreChosenByTheSystem) {
  ClusterConfig cluster;
  cluster.set_parameter_servers(1);
  cluster.set_transport(ClusterConfig::TCP);
  EXPECT_EQ(PlanProcesses(cluster, kOptions).processes[0].command.back(), "--listen=127.0.0.1:0");
}

}  // namespace
}  // namespace shoal
