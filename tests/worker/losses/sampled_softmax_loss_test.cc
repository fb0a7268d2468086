#include "worker/losses/sampled_softmax_loss.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "common/simd/vector_ops.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "worker/losses/softmax_cross_entropy.h"

namespace shoal {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::SizeIs;

constexpr int64_t kClasses = 9;

// Values of the loss itself are checked in network_model_test and sampled_softmax_test: here, what it reads.
class SampledSoftmaxLossTest : public testing::Test {
 protected:
  void Create(const std::string& more, int64_t classes = kClasses) {
    SampledSoftmax config;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString("num_sampled: 4 table: 'class' " + more, &config));
    ResolvedJob job;
    job.mutable_job()->set_seed(5);
    job.mutable_job()->add_tables()->set_name("user");
    for (const char* name : {"class", "bias"}) job.mutable_job()->add_tables()->set_name(name);
    job.add_labels()->set_num_classes(classes);
    loss_ = SampledSoftmaxLoss::Create(config, 3, job).value();
  }

  // The two lists of ids for examples `begin` up to `end` of the batch.
  std::vector<std::vector<uint64_t>> Draw(int64_t step, size_t begin = 0, size_t end = 4) const {
    const std::vector<int64_t> batch = {2, 0, 3, 1};
    std::vector<std::vector<uint64_t>> ids(2, {42});
    DrawRequest request;
    request.place = {step, static_cast<int64_t>(begin)};
    request.examples = absl::MakeConstSpan(batch).subspan(begin, end - begin);
    request.label = &labels_;
    loss_->DrawIds(request, absl::MakeSpan(ids));
    return ids;
  }

  const LabelColumn labels_ = {"kind", {7, 1, 1, 8}, kClasses};
  std::unique_ptr<Loss> loss_;
};

TEST_F(SampledSoftmaxLossTest, TrainingReadsLabelsAndTheClassesOfTheStep) {
  Create("");
  const auto ids = Draw(3);
  EXPECT_THAT(ids[0], ElementsAre(1, 7, 8, 1));
  EXPECT_THAT(ids[1], SizeIs(4));
  EXPECT_THAT(ids[1], Each(Lt(uint64_t{kClasses})));
  EXPECT_NE(Draw(4)[1], ids[1]);
}

TEST_F(SampledSoftmaxLossTest, AllWorkersReadTheSameClasses) {
  Create("");
  EXPECT_THAT(Draw(3, 1, 3)[0], ElementsAre(7, 8));
  EXPECT_EQ(Draw(3, 1, 3)[1], Draw(3)[1]);
}

TEST_F(SampledSoftmaxLossTest, AShareWithoutExamplesReadsNothing) {
  Create("");
  for (const int64_t step : {0, 3}) EXPECT_THAT(Draw(step, 2, 2), Each(IsEmpty()));
}

TEST_F(SampledSoftmaxLossTest, ValidationReadsAllClassesOnce) {
  Create("");
  EXPECT_THAT(Draw(0)[0], IsEmpty());
  EXPECT_THAT(Draw(0)[1], ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(SampledSoftmaxLossTest, SampledValidationReadsAsTrainingDoes) {
  Create("sampled_validation: true");
  EXPECT_THAT(Draw(0)[0], ElementsAre(1, 7, 8, 1));
  EXPECT_THAT(Draw(0)[1], SizeIs(4));
  EXPECT_NE(Draw(0)[1], Draw(3)[1]);
}

TEST_F(SampledSoftmaxLossTest, ClassesInTheMillionsAreDrawnFrom) {
  Create("sampled_validation: true", 5'000'000);
  EXPECT_THAT(Draw(3)[1], SizeIs(4));
}

TEST_F(SampledSoftmaxLossTest, RowsAndBiasesAreReadByTheSameIds) {
  const auto lookups = [this] {
    std::vector<std::vector<int>> numbers;
    for (const Lookup& lookup : loss_->lookups()) numbers.push_back({lookup.table, lookup.draw});
    return numbers;
  };
  Create("");
  EXPECT_THAT(lookups(), ElementsAre(ElementsAre(1, 0), ElementsAre(1, 1)));
  Create("bias_table: 'bias'");
  EXPECT_THAT(lookups(), ElementsAre(ElementsAre(1, 0), ElementsAre(1, 1), ElementsAre(2, 0), ElementsAre(2, 1)));
}

// More examples than a pass over the classes serves.
TEST_F(SampledSoftmaxLossTest, ALabelThatIsNoClassIsAnErrorOfValidation) {
  Create("");
  LossBatch batch;
  batch.n = batch.end = 2;
  const std::vector<int64_t> right = {0, kClasses - 1};
  batch.labels = right;
  EXPECT_TRUE(loss_->Check(batch).ok());
  for (const int64_t label : {int64_t{-1}, kClasses}) {
    const std::vector<int64_t> wrong = {0, label};
    batch.labels = wrong;
    EXPECT_TRUE(absl::IsInvalidArgument(loss_->Check(batch))) << label;
  }
}

TEST_F(SampledSoftmaxLossTest, ValidationCountsLabelsWithTheHighestScore) {
  Create("bias_table: 'bias'");
  constexpr int64_t kExamples = 37;
  std::vector<float> rows(kClasses * SegmentFloats(3));
  std::vector<float> biases(kClasses, 0.5F);
  for (int64_t c = 0; c < kClasses; ++c) rows[c * SegmentFloats(3)] = static_cast<float>(c);
  std::vector<uint32_t> index(kClasses);
  std::iota(index.begin(), index.end(), 0);
  std::vector<float> outputs;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < kExamples; ++i) {
    outputs.insert(outputs.end(), {i % 2 == 0 ? 1.0F : -1.0F, 0.0F, 0.0F});  // The last class wins, or the first.
    labels.push_back(i < 20 ? kClasses - 1 : 0);
  }
  LookupRows class_rows;
  class_rows.rows = rows.data();
  class_rows.index = index.data();
  LookupRows bias_rows = class_rows;
  bias_rows.rows = biases.data();
  const std::vector<LookupRows> all = {LookupRows(), class_rows, LookupRows(), bias_rows};
  LossBatch batch;
  batch.outputs = outputs;
  batch.n = batch.end = kExamples;
  batch.dim = 3;
  batch.labels = labels;
  batch.rows = all;
  MetricSums sums;
  ASSERT_TRUE(loss_->Evaluate(batch, {}, &sums).ok());
  EXPECT_EQ(sums.examples(), kExamples);
  EXPECT_THAT(FindMetric(sums, "accuracy"), ElementsAre(10 + 8));
  biases[4] = 100;
  MetricSums biased;
  ASSERT_TRUE(loss_->Evaluate(batch, {}, &biased).ok());
  EXPECT_THAT(FindMetric(biased, "accuracy"), ElementsAre(0));
}

// Rows of a table of random floats; biases are the last table's.
class RandomRows {
 public:
  explicit RandomRows(int64_t classes) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (std::vector<float>* values : {&rows_, &biases_}) {
      values->resize(classes * (values == &rows_ ? SegmentFloats(3) : 1));
      for (float& value : *values) value = normal(random);
    }
  }
  absl::Status Read(int table, absl::Span<const uint64_t> ids, float* out) {
    largest_block_ = std::max(largest_block_, ids.size());
    const int width = table == 1 ? SegmentFloats(3) : 1;
    for (const uint64_t id : ids) out = std::copy_n((table == 1 ? rows_ : biases_).data() + id * width, width, out);
    return absl::OkStatus();
  }
  float Logit(const float* input, int64_t c) const {
    return Dot(input, rows_.data() + c * SegmentFloats(3), 3) + biases_[c];
  }
  size_t largest_block() const { return largest_block_; }

 private:
  std::vector<float> rows_;
  std::vector<float> biases_;
  size_t largest_block_ = 0;
};

// Against the softmax over all classes at once.
TEST_F(SampledSoftmaxLossTest, PredictionsAreThoseOfTheSoftmaxOverAllClasses) {
  for (const int64_t classes : {1, 9, 1024, 1025, 5000}) {
    SCOPED_TRACE(classes);
    Create("unique: false bias_table: 'bias'", classes);
    RandomRows rows(classes);
    const std::vector<float> outputs = {1, -2, 0.5, 0, 0, 0, -30, 40, 50};
    std::vector<Prediction> predictions;
    const auto read = [&](int table, absl::Span<const uint64_t> ids, float* out) { return rows.Read(table, ids, out); };
    ASSERT_TRUE(loss_->Predict(outputs, read, &predictions).ok());
    EXPECT_LE(rows.largest_block(), 1024u);
    const auto softmax = SoftmaxCrossEntropyLoss::Create({}, static_cast<int>(classes)).value();
    std::vector<Prediction> expected;
    for (int i = 0; i < 3; ++i) {
      std::vector<float> logits;
      for (int64_t c = 0; c < classes; ++c) logits.push_back(rows.Logit(&outputs[3 * i], c));
      ASSERT_TRUE(softmax->Predict(logits, read, &expected).ok());
    }
    ASSERT_EQ(predictions.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(predictions[i].label, expected[i].label);
      EXPECT_NEAR(predictions[i].value / expected[i].value, 1, 1e-5);
    }
  }
}

TEST_F(SampledSoftmaxLossTest, OfEquallyProbableClassesTheFirstIsPredicted) {
  Create("unique: false", 3000);
  const auto read = [](int, absl::Span<const uint64_t> ids, float* out) {
    for (const uint64_t id : ids) out = std::fill_n(out, SegmentFloats(3), id == 5 || id == 2500 ? 2.0F : 1.0F);
    return absl::OkStatus();
  };
  std::vector<Prediction> predictions;
  ASSERT_TRUE(loss_->Predict({1, 1, 1}, read, &predictions).ok());
  EXPECT_EQ(predictions.at(0).label, 5);
  EXPECT_NEAR(predictions.at(0).value, 1 / (2 + 2998 * std::exp(-3.0)), 1e-8);
}

TEST_F(SampledSoftmaxLossTest, AnErrorOfReadingIsPassedOn) {
  Create("");
  const auto read = [](int, absl::Span<const uint64_t>, float*) { return absl::DataLossError("gone"); };
  std::vector<Prediction> predictions;
  EXPECT_EQ(loss_->Predict({1, 1, 1}, read, &predictions), absl::DataLossError("gone"));
}

}  // namespace
}  // namespace shoal
