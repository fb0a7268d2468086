// An accelerator with the devices that a test gives it, or with none; what it opens computes on the CPU.
#ifndef SHOAL_TESTS_SUPPORT_FAKE_ACCELERATOR_H_
#define SHOAL_TESTS_SUPPORT_FAKE_ACCELERATOR_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "worker/compute/accelerator.h"
#include "worker/compute/cpu_compute.h"

namespace shoal {

class FakeAccelerator final : public Accelerator {
 public:
  explicit FakeAccelerator(absl::StatusOr<std::vector<DeviceInfo>> devices) : devices_(std::move(devices)) {}

  absl::StatusOr<std::vector<DeviceInfo>> ListDevices() const override { return devices_; }
  absl::StatusOr<std::unique_ptr<Compute>> Open(const DeviceInfo& device) const override {
    return std::make_unique<FakeCompute>(DeviceTitle(device));
  }

 private:
  class FakeCompute final : public Compute {
   public:
    explicit FakeCompute(std::string device) : device_(std::move(device)) {}
    std::string device() const override { return device_; }
    absl::StatusOr<std::unique_ptr<Model>> CreateModel(const ResolvedJob& job, const Schedule& schedule,
                                                       const TrainingData* data) override {
      return cpu_.CreateModel(job, schedule, data);
    }
    absl::StatusOr<std::unique_ptr<Collective>> CreateCollective(const RegisterReply& assignment, int rank,
                                                                 CoordinatorLink* link) override {
      return cpu_.CreateCollective(assignment, rank, link);
    }

   private:
    const std::string device_;
    CpuCompute cpu_;
  };

  const absl::StatusOr<std::vector<DeviceInfo>> devices_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_FAKE_ACCELERATOR_H_
