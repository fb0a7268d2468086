// MovieLens 100K, ten epochs with a device's model: the validation error of every epoch is the CPU's.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/config/load_job.h"
#include "common/data/load_data.h"
#include "common/data/scan_data.h"
#include "gtest/gtest.h"
#include "tests/worker/cuda/kernels/device_suite.h"
#include "tests/worker/cuda/models/models_on.h"
#include "tests/worker/driver_group.h"
#include "worker/metric_sums.h"

namespace shoal {
namespace {

constexpr uint64_t kSeed = 1;
constexpr double kTolerance = 1e-3;  // Of the root mean square error.

class DeviceQualityTest : public DeviceSuite {
 protected:
  void SetUp() override {
    DeviceSuite::SetUp();
    if (!has_device()) return;
    const char* const directory = std::getenv("SHOAL_DATA_DIR");
    data_directory_ = directory != nullptr ? directory : "data";
    const std::string file = absl::StrCat(data_directory_, "/ml-100k/u.data");
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << "; run deploy/fetch_data.sh";
    vocabularies_ = std::filesystem::temp_directory_path() / absl::StrCat("device_quality_test.", getpid());
  }
  void TearDown() override {
    if (!vocabularies_.empty()) std::filesystem::remove_all(vocabularies_);
  }

  ResolvedJob Resolve() {
    std::vector<Diagnostic> problems;
    const auto environment = [this](absl::string_view name) -> absl::optional<std::string> {
      if (name == "SHOAL_DATA_DIR") return data_directory_;
      return absl::nullopt;
    };
    const JobConfig job = LoadJob("examples/ml-100k.textproto", {"training.epochs=10", "cluster.parameter_servers=1"},
                                  environment, &problems)
                              .value();
    ScannedData scanned = ScanData(job).value();
    EXPECT_TRUE(WriteVocabularies(scanned, vocabularies_).ok());
    scanned.job.set_vocabulary_directory(vocabularies_);
    return scanned.job;
  }

  // The root mean square error of validation after each epoch.
  static std::vector<double> Train(const ResolvedJob& job, const TrainingData& data, const ModelFactory& create_model) {
    DriverGroup group(job, data, kSeed, create_model);
    EXPECT_TRUE(group.Run().ok());
    std::vector<double> errors;
    for (const ProgressReport& report : group.reports(0)) {
      if (!report.epoch_complete()) continue;
      const MetricSums& sums = report.validation();
      errors.push_back(std::sqrt(FindMetric(sums, "mse")[0] / static_cast<double>(sums.examples())));
    }
    return errors;
  }

  std::string data_directory_;
  std::string vocabularies_;
};

TEST_P(DeviceQualityTest, EveryEpochOfMovieLensIsThatOfTheCpu) {
  const ResolvedJob job = Resolve();
  const TrainingData data = LoadData(job).value();
  const std::vector<double> expected = Train(job, data, CreateModel);
  const std::vector<double> errors = Train(job, data, ModelsOn(&device()));
  ASSERT_EQ(expected.size(), 10U);
  ASSERT_EQ(errors.size(), expected.size());
  for (size_t epoch = 0; epoch < errors.size(); ++epoch) {
    EXPECT_NEAR(errors[epoch], expected[epoch], kTolerance) << "epoch " << epoch + 1;
    printf("epoch %zu: RMSE %.6f, the CPU's %.6f\n", epoch + 1, errors[epoch], expected[epoch]);
  }
}

SHOAL_INSTANTIATE_DEVICE_SUITE(DeviceQualityTest);

}  // namespace
}  // namespace shoal
