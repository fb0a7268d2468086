// Tables as torch.nn.Embedding and EmbeddingBag: lookups, features and rows together against PyTorch
// (tests/reference/embedding_contract), with the batch in one share and split over workers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/aligned_floats.h"
#include "common/data/batch_sampler.h"
#include "common/data/model_inputs.h"
#include "common/data/resolve_job.h"
#include "google/protobuf/text_format.h"
#include "parameter_server/shard.h"
#include "worker/batch_lookups.h"
#include "worker/features/network_feature.h"

namespace shoal {
namespace {

using nlohmann::json;

constexpr int64_t kRows = 6;
// The reference has eight digits.
constexpr double kTolerance = 1e-5;

void ExpectNear(absl::Span<const float> got, absl::Span<const double> expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], kTolerance * std::max(1.0, std::fabs(expected[i]))) << "element " << i;
  }
}

// What a feature alone reads.
class FeatureModel : public Model {
 public:
  FeatureModel(const ResolvedJob& job, const InputFeature& config)
      : feature_(CreateFeature(job, config, &inputs_).value()) {}

  NetworkFeature& feature() { return *feature_; }
  absl::Span<const Lookup> lookups() const override { return inputs_.lookups; }
  const ModelColumns& columns() const override { return inputs_.columns; }
  absl::Status ForwardBackward(const ModelBatch& /*batch*/, MetricSums* /*sums*/) override { std::abort(); }
  absl::Status Forward(const ModelBatch& /*batch*/, MetricSums* /*sums*/) override { std::abort(); }

 private:
  FeatureInputs inputs_;
  std::unique_ptr<NetworkFeature> feature_;
};

bool IsBag(const json& expected) { return expected["feature"] != "id"; }

ResolvedJob MakeJob(const json& expected, int workers) {
  const std::string feature =
      IsBag(expected)
          ? absl::StrCat("bag { column: 'ids' table: 'table' mode: ", expected["feature"].get<std::string>(), " }")
          : "id { column: 'ids' table: 'table' }";
  const std::string text = absl::StrCat(
      "data { columns { name: 'ids' position: 0 type: ", IsBag(expected) ? "TEXT" : "INTEGER_ID",
      " } columns { name: 'label' position: 1 type: LABEL } } tables { name: 'table' num_partitions: 4 embedding_dim: ",
      expected["dim"].dump(), IsBag(expected) ? "" : absl::StrCat(" num_embeddings: ", kRows), " optimizer { ",
      expected["optimizer"].get<std::string>(), " } row_semantics: ", expected["row_semantics"].get<std::string>(), " ",
      expected["table"].get<std::string>(), " } model { network { features { ", feature,
      " } label: 'label' loss { contrastive {} } } } training { learning_rate: ", expected["learning_rate"].dump(),
      " } cluster { workers: ", workers, " }");
  JobConfig job;
  if (!google::protobuf::TextFormat::ParseFromString(text, &job)) std::abort();
  DataSizes sizes;
  sizes.num_train_examples = 100;
  sizes.table_rows = {IsBag(expected) ? kRows : 0};
  sizes.num_classes = {2};
  return ResolveJob(job, FindModelInputs(job).value(), sizes).value();
}

// The examples of all steps, one step's behind the other's.
Dataset MakeData(const json& expected) {
  Dataset data;
  IdColumn ids = {"ids", {}};
  BagColumn bags = {"ids", {}, {0}};
  for (const json& step : expected["steps"]) {
    for (const std::vector<uint64_t> example : step["ids"]) {
      ++data.num_examples;
      ids.ids.insert(ids.ids.end(), example.begin(), example.end());
      bags.ids.insert(bags.ids.end(), example.begin(), example.end());
      bags.offsets.push_back(static_cast<int64_t>(bags.ids.size()));
    }
  }
  if (IsBag(expected)) {
    data.bag_columns = {bags};
  } else {
    data.id_columns = {ids};
  }
  return data;
}

class EmbeddingContractTest : public testing::TestWithParam<json> {
 protected:
  void TrainWith(int workers);

 private:
  void Begin(int workers);
  void Step(int64_t step, const json& expected);
  // One worker's share of the global batch, [begin, end) of it.
  void Share(int rank, int64_t step, absl::Span<const int64_t> batch, int64_t begin, int64_t end, const json& expected);
  // As stored, not as read.
  std::vector<float> Weights() const;
  Table& table() { return shard_->table(0); }

  ResolvedJob job_;
  Dataset data_;
  std::unique_ptr<FeatureModel> model_;
  std::unique_ptr<BatchLookups> lookups_;
  std::unique_ptr<Shard> shard_;
  int64_t next_example_ = 0;
};

void EmbeddingContractTest::Begin(int workers) {
  job_ = MakeJob(GetParam(), workers);
  data_ = MakeData(GetParam());
  // The model reads no label: what the loss needs is not in question here.
  model_ = std::make_unique<FeatureModel>(job_, job_.job().model().network().features(0));
  lookups_ = BatchLookups::Create(job_.job(), *model_, data_).value();
  shard_ = Shard::Create(job_, {}, std::vector<bool>(4, true)).value();
  next_example_ = 0;
  const TableConfig& config = job_.job().tables(0);
  const std::vector<float> weights = GetParam()["weights"];
  for (int64_t id = 0; id < kRows; ++id) {
    const bool is_padding = config.has_padding_idx() && id == config.padding_idx();
    if (is_padding && !GetParam()["pretrained"].get<bool>()) continue;
    table().Begin(static_cast<uint64_t>(id), absl::MakeSpan(weights).subspan(id * table().dim(), table().dim()));
  }
}

void EmbeddingContractTest::Share(int rank, int64_t step, absl::Span<const int64_t> batch, int64_t begin, int64_t end,
                                  const json& expected) {
  lookups_->Prepare(batch, begin, end);
  const int segment = table().layout().segment();
  for (const PullTable& pull : lookups_->pull_tables()) {
    table().Pull(pull.ids, segment, segment * static_cast<int64_t>(sizeof(float)),
                 reinterpret_cast<uint8_t*>(pull.rows));
  }
  const ModelBatch& examples = lookups_->BatchForTraining(static_cast<int64_t>(batch.size()));
  const int dim = table().dim();
  const size_t from = begin * dim;
  const size_t count = (end - begin) * dim;
  std::vector<float> floats(count);
  model_->feature().Forward(examples, floats.data(), dim);
  const std::vector<double> output = expected["output"];
  ExpectNear(floats, absl::MakeSpan(output).subspan(from, count));

  const std::vector<float> gradient = expected["output_gradient"];
  if (model_->feature().reads_rows()) model_->feature().Backward(examples, gradient.data() + from, dim);
  lookups_->ScaleGradients();
  DecodedPush push;
  push.header.set_worker_rank(static_cast<uint32_t>(rank));
  push.header.set_step(static_cast<uint64_t>(step));
  for (const PushTable& rows : lookups_->push_tables()) {
    GradientBlock& block = push.tables.emplace_back();
    block.ids.assign(rows.ids.begin(), rows.ids.end());
    block.gradients = AlignedFloats(rows.ids.size() * segment);
    std::copy_n(rows.gradients, rows.ids.size() * segment, block.gradients.data());
  }
  ASSERT_TRUE(shard_->Push(std::move(push)).ok());
}

void EmbeddingContractTest::Step(int64_t step, const json& expected) {
  std::vector<int64_t> batch(expected["ids"].size());
  for (int64_t& example : batch) example = next_example_++;
  const int workers = job_.job().cluster().workers();
  const auto size = static_cast<int64_t>(batch.size());
  for (int rank = 0; rank < workers; ++rank) {
    Share(rank, step, batch, PartStart(size, rank, workers), PartStart(size, rank + 1, workers), expected);
  }
}

std::vector<float> EmbeddingContractTest::Weights() const {
  const std::unique_ptr<TableRows> rows = shard_->tables()[0]->Snapshot();
  const int dim = shard_->dims()[0];
  // Only padding may not have been created, and is zeros.
  std::vector<float> weights(kRows * dim);
  const std::vector<uint64_t> ids = rows->ids();
  size_t next = 0;
  rows->ForEach(0, [&](absl::Span<const float> row) { std::copy_n(row.data(), dim, &weights[ids[next++] * dim]); });
  return weights;
}

void EmbeddingContractTest::TrainWith(int workers) {
  SCOPED_TRACE(absl::StrCat(GetParam()["name"].get<std::string>(), ", ", workers, " workers"));
  Begin(workers);
  int64_t step = 0;
  for (const json& expected : GetParam()["steps"]) {
    SCOPED_TRACE(absl::StrCat("step ", ++step));
    Step(step, expected);
  }
  const TableConfig& config = job_.job().tables(0);
  // PyTorch shortens frozen rows in place; here they stay, and are read shortened.
  const bool stays = config.freeze() && config.has_max_norm();
  const std::vector<double> after = GetParam()[stays ? "weights" : "weights_after"];
  ExpectNear(Weights(), after);
}

TEST_P(EmbeddingContractTest, OneWorkerTrainsAsPyTorch) { TrainWith(1); }

TEST_P(EmbeddingContractTest, SeveralWorkersTrainAsPyTorch) {
  for (const int workers : {2, 3}) TrainWith(workers);
}

std::vector<json> LoadCases() {
  std::ifstream file("tests/reference/embedding_contract/embedding_contract.json");
  if (!file.good()) {
    ADD_FAILURE() << "cannot read the reference; run from the repository's root";
    return {};
  }
  return json::parse(file)["cases"];
}

std::string CaseName(const testing::TestParamInfo<json>& info) {
  std::string name;
  bool upper = true;
  for (const char c : info.param["name"].get<std::string>()) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    upper = c == ' ' || c == '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(PyTorch, EmbeddingContractTest, testing::ValuesIn(LoadCases()), CaseName);

}  // namespace
}  // namespace shoal
