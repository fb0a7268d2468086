#include "launcher/device_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/launcher/child_test_util.h"
#include "tests/support/devices.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

// A folder with a shoal-worker that is a script.
class DeviceProbeTest : public testing::Test {
 protected:
  void WriteWorker(const std::string& script) const {
    const std::string path = directory_ / "shoal-worker";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  const TestDirectory directory_;
};

TEST_F(DeviceProbeTest, BringsTheDevicesThatTheWorkerLists) {
  WriteWorker(R"([ "$*" = "--devices --json" ] && cat <<'END'
)" + DeviceListJson(MakeDevices(2)) +
              "END");
  const DeviceList devices = ProbeDevices(directory_.path());
  ASSERT_TRUE(devices.ok()) << devices.status();
  EXPECT_EQ(DeviceListText(devices), DeviceListText(MakeDevices(2)));
}

TEST_F(DeviceProbeTest, BringsTheReasonWhyThereAreNone) {
  WriteWorker(R"(echo '{"devices": [], "error": "no driver"}'; exit 69)");
  EXPECT_EQ(ProbeDevices(directory_.path()).status(), absl::FailedPreconditionError("no driver"));
}

TEST_F(DeviceProbeTest, AWorkerThatCannotStartIsAnErrorThatShowsWhatItSaid) {
  WriteWorker("echo 'libnccl.so.2: cannot open shared object file' >&2; exit 127");
  const absl::Status status = ProbeDevices(directory_.path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("shoal-worker --devices exited with status 127"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("libnccl.so.2: cannot open"));
}

TEST_F(DeviceProbeTest, AWorkerThatDoesNotAnswerIsNotWaitedForWithoutEnd) {
  WriteWorker("exec sleep 1000");
  EXPECT_EQ(ProbeDevices(directory_.path(), absl::Milliseconds(1)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(DeviceProbeTest, WithoutAWorkerThereAreNoDevices) {
  const absl::Status status = ProbeDevices(directory_.path()).status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("shoal-worker"));
}

}  // namespace
}  // namespace shoal
