#include "worker/features/pixel_feature.h"

#include <cstdint>
#include <numeric>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/features/feature_problem.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

std::unique_ptr<NetworkFeature> MakePixels(const std::string& options = "") {
  FeatureInputs inputs;
  return MakeFeature(FeatureJob(1), "image { column: 'picture' " + options + " }", &inputs).value();
}

class PixelFeatureTest : public testing::Test {
 protected:
  ModelBatch FirstImage() const {
    ModelBatch batch;
    batch.num_examples = 1;
    batch.examples = kFirst;
    batch.images = {{pixels_.data(), 6}};
    return batch;
  }

  static constexpr int64_t kFirst[] = {0};
  // Two images of 2 x 3 pixels, then one of 250 to 255.
  std::vector<uint8_t> pixels_ = {0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6, 250, 251, 252, 253, 254, 255};
};

TEST_F(PixelFeatureTest, PixelsAreSharesOf255RowAfterRow) {
  const ModelBatch batch = FirstImage();
  FeatureOutput output(1, 6);
  MakePixels()->Forward(batch, output.data(), 6);
  const std::vector<float> expected = {0, 0.2F, 0.4F, 0.6F, 0.8F, 1};
  EXPECT_THAT(output.Take(0, 6), Pointwise(FloatNear(1e-7F), expected));
}

// torchvision.transforms.Normalize((0.1307,), (0.3081,)) after ToTensor(), of all byte values.
TEST_F(PixelFeatureTest, MeanAndDeviationAreTakenOut) {
  pixels_.resize(6 * 43);
  std::iota(pixels_.begin(), pixels_.end(), uint8_t{0});
  std::vector<int64_t> examples(43);
  std::iota(examples.begin(), examples.end(), 0);
  ModelBatch batch;
  batch.num_examples = 43;
  batch.examples = examples;
  batch.images = {{pixels_.data(), 6}};
  FeatureOutput output(43, 6);
  MakePixels("mean: 0.1307 std: 0.3081")->Forward(batch, output.data(), 6);
  const std::vector<float> values = output.Take(0, 6);
  for (size_t p = 0; p < values.size(); ++p) {
    EXPECT_NEAR(values[p], (pixels_[p] / 255.0 - 0.1307) / 0.3081, 1e-6) << "pixel " << int{pixels_[p]};
  }
}

TEST_F(PixelFeatureTest, ImagesAreThoseOfTheBatchsExamples) {
  const std::vector<int64_t> examples = {2, 0, 2};
  ModelBatch batch;
  batch.num_examples = 3;
  batch.examples = examples;
  batch.images = {{pixels_.data(), 6}};
  FeatureOutput output(3, 9);
  MakePixels("std: 0.00392156862745098")->Forward(batch, output.data() + 1, 9);  // 1 / 255.
  const std::vector<float> expected = {250, 251, 252, 253, 254, 255, 0,   51,  102,
                                       153, 204, 255, 250, 251, 252, 253, 254, 255};
  EXPECT_THAT(output.Take(1, 6), Pointwise(FloatNear(1e-4F), expected));
  EXPECT_THAT(output.rest(), Each(FeatureOutput::kUntouched));
}

TEST_F(PixelFeatureTest, TheBackgroundIsABlackPixel) {
  const ModelBatch batch = FirstImage();
  FeatureOutput output(1, 6);
  const std::unique_ptr<NetworkFeature> pixels = MakePixels("mean: 0.1307 std: 0.3081");
  pixels->Forward(batch, output.data(), 6);
  EXPECT_EQ(pixels->background(), output.Take(0, 6)[0]);
}

TEST_F(PixelFeatureTest, ReadsNoRows) {
  FeatureInputs inputs;
  const auto feature = MakeFeature(FeatureJob(1), "image { column: 'picture' }", &inputs).value();
  EXPECT_EQ(feature->width(), 6);
  EXPECT_FALSE(feature->reads_rows());
  EXPECT_THAT(inputs.columns.images, ElementsAre("picture"));
  EXPECT_TRUE(inputs.lookups.empty());
}

TEST_F(PixelFeatureTest, AColumnWithoutImagesIsNamed) {
  FeatureInputs inputs;
  const absl::Status status = MakeFeature(FeatureJob(1), "image { column: 'photo' }", &inputs).status();
  EXPECT_EQ(status, absl::InvalidArgumentError("model.network.features: the data has no images in column 'photo'"));
}

}  // namespace
}  // namespace shoal
