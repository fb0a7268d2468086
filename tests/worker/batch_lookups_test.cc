#include "worker/batch_lookups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "common/optimizer/row_layout.h"
#include "tests/support/small_job.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// The small job's model reads tables user, item, user_bias, item_bias by two columns, and global_bias by none.
class BatchLookupsTest : public testing::Test {
 protected:
  BatchLookupsTest() {
    data_.num_examples = 6;
    data_.id_columns = {{"item_id", {9, 8, 9, 9, 0, 1}}, {"user_id", {3, 1, 3, 2, 1, 0}}};
    data_.number_columns = {{"rating", {5, 4, 3, 2, 1, 0}}};
    lookups_ = BatchLookups::Create(job_.job(), *model_, data_).value();
  }

  std::vector<uint64_t> Ids(int table) const {
    for (const PullTable& pull : lookups_->pull_tables()) {
      if (pull.table == table) return {pull.ids.begin(), pull.ids.end()};
    }
    ADD_FAILURE() << "table " << table << " is not pulled";
    return {};
  }

  int64_t Segment(int table) const { return SegmentFloats(job_.job().tables(table).embedding_dim()); }

  static float Element(int table, uint64_t id) { return static_cast<float>(table) * 100 + static_cast<float>(id); }

  // Pulls rows whose elements tell their table and id.
  void PullRows(BatchLookups* lookups) const {
    for (const PullTable& pull : lookups->pull_tables()) {
      for (size_t i = 0; i < pull.ids.size(); ++i) {
        std::fill_n(pull.rows + i * Segment(pull.table), Segment(pull.table), Element(pull.table, pull.ids[i]));
      }
    }
  }
  // That each of the examples finds those of its ids.
  void ExpectRowsOf(const std::vector<int64_t>& examples, const ModelBatch& batch) const {
    EXPECT_EQ(batch.num_examples, static_cast<int64_t>(examples.size()));
    ASSERT_EQ(batch.lookups.size(), model_->lookups().size());
    for (size_t l = 0; l < batch.lookups.size(); ++l) {
      const Lookup& lookup = model_->lookups()[l];
      if (lookup.id_column == Lookup::kNoColumn) {
        EXPECT_EQ(batch.lookups[l].index, nullptr);
        EXPECT_EQ(batch.lookups[l].rows[0], Element(lookup.table, 0));
        continue;
      }
      const int column = data_.FindIdColumn(model_->columns().ids[lookup.id_column]);
      for (size_t i = 0; i < examples.size(); ++i) {
        const uint64_t id = data_.id_columns[column].ids[examples[i]];
        EXPECT_EQ(batch.lookups[l].rows[batch.lookups[l].index[i] * Segment(lookup.table)], Element(lookup.table, id));
      }
    }
  }

  // Writes to every gradient of the batch, and pushes those that are pushed.
  void TrainOn(const ModelBatch& batch, BatchLookups* lookups) const {
    for (size_t l = 0; l < batch.lookups.size(); ++l) {
      std::fill_n(batch.lookups[l].gradients, batch.lookups[l].num_rows * Segment(model_->lookups()[l].table), 1.0F);
    }
    for (const PushTable& push : lookups->push_tables()) {
      std::fill_n(push.gradients, push.ids.size() * Segment(push.table), 0.0F);
    }
    lookups->OnPushed();
  }
  void ExpectZeroGradients(const ModelBatch& batch) const {
    for (size_t l = 0; l < batch.lookups.size(); ++l) {
      const float* const gradients = batch.lookups[l].gradients;
      const int64_t size = batch.lookups[l].num_rows * Segment(model_->lookups()[l].table);
      EXPECT_TRUE(std::all_of(gradients, gradients + size, [](float g) { return g == 0; })) << "lookup " << l;
    }
  }

  const ResolvedJob job_ = SmallJob();
  const Schedule schedule_ = Schedule::Create(job_.job().training(), 1, 1).value();
  const std::unique_ptr<Model> model_ = CreateModel(job_, schedule_).value();
  Dataset data_;
  std::unique_ptr<BatchLookups> lookups_;
};

TEST_F(BatchLookupsTest, EachTableIsPulledOnceWithItsDistinctIdsInOrderOfAppearance) {
  lookups_->Prepare({0, 1, 2, 3});
  ASSERT_EQ(lookups_->pull_tables().size(), 5u);
  EXPECT_THAT(Ids(0), ElementsAre(3, 1, 2));
  EXPECT_THAT(Ids(1), ElementsAre(9, 8));
  EXPECT_THAT(Ids(2), ElementsAre(3, 1, 2));
  EXPECT_THAT(Ids(3), ElementsAre(9, 8));
  EXPECT_THAT(Ids(4), ElementsAre(0));
}

TEST_F(BatchLookupsTest, TheNextBatchReplacesTheLast) {
  lookups_->Prepare({0, 1, 2, 3});
  lookups_->Prepare({5});
  EXPECT_THAT(Ids(0), ElementsAre(0));
  EXPECT_THAT(Ids(1), ElementsAre(1));
  EXPECT_EQ(lookups_->BatchForTraining(7).num_examples, 1);
}

TEST_F(BatchLookupsTest, EveryExampleFindsTheRowsOfItsIds) {
  const std::vector<int64_t> examples = {4, 2, 0, 1};
  lookups_->Prepare(examples);
  PullRows(lookups_.get());
  const ModelBatch& batch = lookups_->BatchForTraining(64);
  ExpectRowsOf(examples, batch);
  EXPECT_EQ(batch.global_batch_size, 64);
  ASSERT_EQ(batch.numbers.size(), 1u);
  EXPECT_THAT(batch.numbers[0], ElementsAre(1, 3, 5, 4));
}

TEST_F(BatchLookupsTest, OwnExamplesKnowTheirPlaceInTheGlobalBatch) {
  lookups_->PrepareOwn({2, 1}, /*first=*/7);
  const ModelBatch& batch = lookups_->BatchForTraining(64);
  EXPECT_EQ(batch.first_example, 7);
  EXPECT_EQ(batch.num_examples, 2);
  EXPECT_THAT(Ids(0), ElementsAre(3, 1));
}

TEST_F(BatchLookupsTest, GradientBlocksBeginAtZeroInEveryBatchAndArePushed) {
  for (int round = 0; round < 2; ++round) {
    lookups_->Prepare({0, 1, 2, 3});
    lookups_->BatchForTraining(4);
    ASSERT_EQ(lookups_->push_tables().size(), 5u);
    for (const PushTable& push : lookups_->push_tables()) {
      EXPECT_EQ(std::vector<uint64_t>(push.ids.begin(), push.ids.end()), Ids(push.table));
      const size_t floats = push.ids.size() * SegmentFloats(job_.job().tables(push.table).embedding_dim());
      EXPECT_TRUE(std::all_of(push.gradients, push.gradients + floats, [](float g) { return g == 0; }));
      std::fill_n(push.gradients, floats, 1.0f);
    }
  }
}

TEST_F(BatchLookupsTest, SharedBlocksAreTheBatchesWhoseRowsArePulled) {
  const std::shared_ptr<RowBlocks> blocks = MakeRowBlocks(job_.job().tables_size(), nullptr);
  const auto first = BatchLookups::Create(job_.job(), *model_, data_, BatchReads::kEverything, blocks).value();
  const auto second = BatchLookups::Create(job_.job(), *model_, data_, BatchReads::kEverything, blocks).value();
  first->Prepare({0, 1, 2, 3});
  float* const rows = first->pull_tables()[0].rows;
  rows[0] = 1;
  second->Prepare({2, 3});
  EXPECT_EQ(first->BatchForTraining(4).lookups[0].rows, rows);
  EXPECT_EQ(rows[0], 1) << "the next batch has only been looked up";
  first->OnPushed();
  EXPECT_EQ(second->pull_tables()[0].rows, rows);
  EXPECT_EQ(second->BatchForTraining(2).lookups[0].gradients, first->push_tables()[0].gradients);
}

TEST_F(BatchLookupsTest, SharedGradientsOfAFrozenTableBeginAtZeroThoughNobodyPushesThem) {
  JobConfig job = job_.job();
  job.mutable_tables(1)->set_freeze(true);
  const std::shared_ptr<RowBlocks> blocks = MakeRowBlocks(job.tables_size(), nullptr);
  const std::array<std::unique_ptr<BatchLookups>, 2> turns = {
      BatchLookups::Create(job, *model_, data_, BatchReads::kEverything, blocks).value(),
      BatchLookups::Create(job, *model_, data_, BatchReads::kEverything, blocks).value()};
  for (int step = 0; step < 4; ++step) {
    BatchLookups* const lookups = turns[step % 2].get();
    lookups->Prepare({0, 1, 2, 3});
    PullRows(lookups);
    const ModelBatch& batch = lookups->BatchForTraining(4);
    ExpectZeroGradients(batch);
    TrainOn(batch, lookups);
  }
}

TEST_F(BatchLookupsTest, ALargerValidationBatchMayShareTheBlocks) {
  const std::shared_ptr<RowBlocks> blocks = MakeRowBlocks(job_.job().tables_size(), nullptr);
  const auto train = BatchLookups::Create(job_.job(), *model_, data_, BatchReads::kEverything, blocks).value();
  const auto validation = BatchLookups::Create(job_.job(), *model_, data_, BatchReads::kEverything, blocks).value();
  for (const std::vector<int64_t>& examples : {std::vector<int64_t>{5}, {4}, {0, 1}}) {
    train->Prepare(examples);
    PullRows(train.get());
    const ModelBatch& batch = train->BatchForTraining(static_cast<int64_t>(examples.size()));
    ExpectRowsOf(examples, batch);
    ExpectZeroGradients(batch);
    TrainOn(batch, train.get());
    const std::vector<int64_t> all = {0, 1, 2, 3, 4, 5};
    validation->Prepare(all);
    PullRows(validation.get());
    ExpectRowsOf(all, validation->BatchForValidation());
  }
}

TEST_F(BatchLookupsTest, ValidationHasNoGradients) {
  lookups_->Prepare({0, 1});
  const ModelBatch& batch = lookups_->BatchForValidation();
  EXPECT_EQ(batch.global_batch_size, 2);
  for (const LookupRows& rows : batch.lookups) EXPECT_EQ(rows.gradients, nullptr);
}

TEST_F(BatchLookupsTest, AShareWithoutExamplesPullsNothing) {
  lookups_->Prepare({});
  for (const PullTable& pull : lookups_->pull_tables()) EXPECT_TRUE(pull.ids.empty());
  EXPECT_EQ(lookups_->BatchForTraining(3).num_examples, 0);
  for (const PushTable& push : lookups_->push_tables()) EXPECT_TRUE(push.ids.empty());
}

TEST_F(BatchLookupsTest, ColumnsThatAreMissingAreNamed) {
  Dataset data = data_;
  data.number_columns.clear();
  EXPECT_EQ(BatchLookups::Create(job_.job(), *model_, data).status(),
            absl::InvalidArgumentError("the data has no number column rating"));
  data.id_columns.pop_back();
  EXPECT_EQ(BatchLookups::Create(job_.job(), *model_, data).status(),
            absl::InvalidArgumentError("the data has no id column user_id"));
}

TEST_F(BatchLookupsTest, InputsAreLookedUpWithoutTheTruth) {
  data_.number_columns.clear();
  lookups_ = BatchLookups::Create(job_.job(), *model_, data_, BatchReads::kInputs).value();
  lookups_->Prepare({0, 1, 2, 3});
  EXPECT_THAT(Ids(0), ElementsAre(3, 1, 2));
  EXPECT_THAT(Ids(1), ElementsAre(9, 8));
  ASSERT_EQ(lookups_->BatchForValidation().numbers.size(), 1u);
  EXPECT_TRUE(lookups_->BatchForValidation().numbers[0].empty());
}

// ---- Rules of torch.nn.Embedding -----------------------------------------------------------------------------------

// Six everywhere, divided by what the table asks for; table by table, a float a row.
std::vector<std::vector<float>> ScaledSixes(BatchLookups* lookups, const ResolvedJob& job) {
  lookups->BatchForTraining(4);
  std::vector<std::vector<float>> scaled(job.job().tables_size());
  for (const PushTable& push : lookups->push_tables()) {
    const int segment = SegmentFloats(job.job().tables(push.table).embedding_dim());
    std::fill_n(push.gradients, push.ids.size() * segment, 6.0F);
  }
  lookups->ScaleGradients();
  for (const PushTable& push : lookups->push_tables()) {
    const int segment = SegmentFloats(job.job().tables(push.table).embedding_dim());
    for (size_t i = 0; i < push.ids.size(); ++i) scaled[push.table].push_back(push.gradients[(i + 1) * segment - 1]);
  }
  return scaled;
}

TEST_F(BatchLookupsTest, GradientsAreDividedByTheReadsOfTheGlobalBatchWhereATableAsks) {
  EXPECT_FALSE(lookups_->needs_global_batch());
  ResolvedJob job = job_;
  for (const int table : {0, 4}) job.mutable_job()->mutable_tables(table)->set_scale_grad_by_freq(true);
  lookups_ = BatchLookups::Create(job.job(), *model_, data_).value();
  EXPECT_TRUE(lookups_->needs_global_batch());
  const std::vector<int64_t> global = {0, 1, 2, 5};  // Users 3, 1, 3, 0.
  for (int round = 0; round < 2; ++round) {
    lookups_->Prepare(global, 1, 3);
    EXPECT_THAT(Ids(0), ElementsAre(1, 3));
    const std::vector<std::vector<float>> scaled = ScaledSixes(lookups_.get(), job);
    EXPECT_THAT(scaled[0], ElementsAre(6, 3));
    EXPECT_THAT(scaled[1], ElementsAre(6, 6));
    EXPECT_THAT(scaled[2], ElementsAre(6, 6)) << "user_bias shares the ids, but does not ask";
    EXPECT_THAT(scaled[4], ElementsAre(1.5F)) << "every example reads the only row";
  }
}

TEST_F(BatchLookupsTest, FrozenTablesAreReadAndNotPushed) {
  ResolvedJob job = job_;
  job.mutable_job()->mutable_tables(1)->set_freeze(true);
  job.mutable_job()->mutable_tables(1)->set_scale_grad_by_freq(true);
  lookups_ = BatchLookups::Create(job.job(), *model_, data_).value();
  EXPECT_FALSE(lookups_->needs_global_batch());
  lookups_->Prepare({0, 1, 2, 3});
  EXPECT_THAT(Ids(1), ElementsAre(9, 8));
  const ModelBatch& batch = lookups_->BatchForTraining(4);
  for (const LookupRows& rows : batch.lookups) EXPECT_NE(rows.gradients, nullptr);
  std::vector<int> pushed;
  for (const PushTable& push : lookups_->push_tables()) pushed.push_back(push.table);
  EXPECT_THAT(pushed, UnorderedElementsAre(0, 2, 3, 4));
}

// ---- Drawn ids -----------------------------------------------------------------------------------------------------

// Reads table item by a column and by two ids that it draws for each example, table item_bias by other drawn ids alone.
class DrawingModel : public Model {
 public:
  absl::Span<const Lookup> lookups() const override { return lookups_; }
  const ModelColumns& columns() const override { return columns_; }
  void DrawIds(const DrawRequest& request, absl::Span<std::vector<uint64_t>> ids) const override {
    for (std::vector<uint64_t>& list : ids) list.clear();
    for (const int64_t example : request.examples) {
      ids[0].insert(ids[0].end(), {request.ids[0]->ids[example] + 1, static_cast<uint64_t>(request.place.step)});
    }
    ids[1].push_back(static_cast<uint64_t>(request.place.position));
  }
  absl::Status ForwardBackward(const ModelBatch& /*batch*/, MetricSums* /*sums*/) override { return absl::OkStatus(); }
  absl::Status Forward(const ModelBatch& /*batch*/, MetricSums* /*sums*/) override { return absl::OkStatus(); }

 private:
  const std::vector<Lookup> lookups_ = {{1, 0}, Lookup::Drawn(1, 0), Lookup::Drawn(3, 1)};
  const ModelColumns columns_ = {{"item_id"}, {}, {}, {}, {}, ""};
};

TEST_F(BatchLookupsTest, DrawnIdsAreLookedUpAsColumnsAre) {
  const DrawingModel model;
  lookups_ = BatchLookups::Create(job_.job(), model, data_).value();
  lookups_->Prepare({0, 1, 5}, {/*step=*/9, /*position=*/6});
  EXPECT_THAT(Ids(1), ElementsAre(9, 8, 1, 10, 2));
  EXPECT_THAT(Ids(3), ElementsAre(6));
  const ModelBatch& batch = lookups_->BatchForTraining(3);
  EXPECT_EQ(batch.step, 9);
  const auto index = [&](int lookup, int size) {
    return std::vector<uint32_t>(batch.lookups[lookup].index, batch.lookups[lookup].index + size);
  };
  EXPECT_THAT(index(0, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(index(1, 6), ElementsAre(3, 0, 0, 0, 4, 0));
  EXPECT_THAT(index(2, 1), ElementsAre(0));
  EXPECT_EQ(batch.lookups[1].gradients, batch.lookups[0].gradients);
}

TEST_F(BatchLookupsTest, NothingIsDrawnForInputs) {
  const DrawingModel model;
  lookups_ = BatchLookups::Create(job_.job(), model, data_, BatchReads::kInputs).value();
  lookups_->Prepare({0, 1, 5});
  EXPECT_THAT(Ids(1), ElementsAre(9, 8, 1));
  EXPECT_THAT(Ids(3), ElementsAre());
}

// ---- Bags, images, labels ------------------------------------------------------------------------------------------

// Table word is read by an id column and by bags, table item by the same bags.
class NetworkLookupsTest : public testing::Test {
 protected:
  NetworkLookupsTest() {
    data_.num_examples = 4;
    data_.id_columns = {{"item_id", {5, 2, 5, 9}}};
    data_.bag_columns = {{"text", {2, 7, 7, 7, 5, 9}, {0, 2, 2, 5, 6}}};
    data_.image_columns = {{"picture", 3, 4, std::vector<uint8_t>(4 * 12, 200)}};
    data_.label_columns = {{"other", {0, 0, 0, 0}, 3}, {"label", {1, 0, 2, 1}, 3}};
    lookups_ = BatchLookups::Create(job_.job(), *model_, data_).value();
  }

  static SmallNetworkOptions Options() {
    SmallNetworkOptions options;
    options.features = R"pb(
      features { id { column: "item_id" table: "word" } }
      features { image { column: "picture" } }
      features { bag { column: "text" table: "item" } }
      features { bag { column: "text" table: "word" } }
    )pb";
    return options;
  }

  absl::Span<const uint64_t> Ids(int table) const {
    const auto& pulls = lookups_->pull_tables();
    return std::find_if(pulls.begin(), pulls.end(), [&](const PullTable& pull) { return pull.table == table; })->ids;
  }

  static constexpr int kItem = 0;
  static constexpr int kWord = 1;
  // Places in Model::lookups().
  static constexpr int kWordById = 0;
  static constexpr int kItemByBag = 1;
  static constexpr int kWordByBag = 2;

  const ResolvedJob job_ = SmallNetworkJob(Options());
  const Schedule schedule_ = Schedule::Create(job_.job().training(), 1, 1).value();
  const std::unique_ptr<Model> model_ = CreateModel(job_, schedule_).value();
  Dataset data_;
  std::unique_ptr<BatchLookups> lookups_;
};

std::vector<uint64_t> IdsOf(absl::Span<const uint64_t> distinct, const uint32_t* index, int64_t count) {
  std::vector<uint64_t> ids;
  for (int64_t i = 0; i < count; ++i) ids.push_back(distinct[index[i]]);
  return ids;
}

TEST_F(NetworkLookupsTest, IdsOfExamplesAndBagsAreDistinctTogether) {
  lookups_->Prepare({2, 0, 1});
  ASSERT_EQ(lookups_->pull_tables().size(), 2u);
  EXPECT_THAT(Ids(kWord), ElementsAre(5, 2, 7));
  EXPECT_THAT(Ids(kItem), ElementsAre(7, 5, 2));
}

TEST_F(NetworkLookupsTest, EveryBagFindsTheRowsOfItsIds) {
  lookups_->Prepare({2, 0, 1, 3});
  const ModelBatch& batch = lookups_->BatchForTraining(4);
  ASSERT_EQ(batch.lookups.size(), 3u);
  for (const int bag : {kItemByBag, kWordByBag}) {
    ASSERT_NE(batch.lookups[bag].offsets, nullptr);
    EXPECT_THAT(absl::MakeConstSpan(batch.lookups[bag].offsets, 5), ElementsAre(0, 3, 5, 5, 6));
    EXPECT_THAT(IdsOf(Ids(bag == kItemByBag ? kItem : kWord), batch.lookups[bag].index, 6),
                ElementsAre(7, 7, 5, 2, 7, 9));
  }
  EXPECT_EQ(batch.lookups[kWordById].offsets, nullptr);
  EXPECT_THAT(IdsOf(Ids(kWord), batch.lookups[kWordById].index, 4), ElementsAre(5, 5, 2, 9));
}

TEST_F(NetworkLookupsTest, WeightsGoWithTheirIds) {
  data_.bag_columns[0].weights = {1, 2, 3, 4, 5, 6};
  lookups_->Prepare({2, 0, 1, 3});
  const ModelBatch& batch = lookups_->BatchForTraining(4);
  for (const int bag : {kItemByBag, kWordByBag}) {
    ASSERT_NE(batch.lookups[bag].weights, nullptr);
    EXPECT_THAT(absl::MakeConstSpan(batch.lookups[bag].weights, 6), ElementsAre(3, 4, 5, 1, 2, 6));
  }
  EXPECT_EQ(batch.lookups[kWordById].weights, nullptr);
}

TEST_F(NetworkLookupsTest, ABagWithoutWeightsHasNone) {
  lookups_->Prepare({2, 0});
  EXPECT_EQ(lookups_->BatchForTraining(2).lookups[kWordByBag].weights, nullptr);
}

// The same column as an array of two ids and as a bag of table item.
class ArrayLookupsTest : public testing::Test {
 protected:
  ArrayLookupsTest() {
    data_.num_examples = 3;
    data_.bag_columns = {{"anchor_pair", {4, 4, 2, 8, 8, 4}, {0, 2, 4, 6}, {1, 2, 3, 4, 5, 6}}};
    data_.label_columns = {{"label", {1, 0, 2}, 3}};
  }

  // What an array and a bag of `lookups` find of the examples 2 and 0.
  const ModelBatch& Prepare(const ResolvedJob& job) {
    model_ = CreateModel(job, schedule_).value();
    lookups_ = BatchLookups::Create(job.job(), *model_, data_).value();
    lookups_->Prepare({2, 0});
    return lookups_->BatchForTraining(2);
  }
  absl::Span<const uint64_t> ids() const { return lookups_->pull_tables()[0].ids; }

  static ResolvedJob Job() {
    SmallNetworkOptions options;
    options.features = R"pb(
      features { id { column: "anchor_pair" table: "item" } }
      features { bag { column: "anchor_pair" table: "item" } }
    )pb";
    return SmallNetworkJob(options);
  }

  const Schedule schedule_ = Schedule::Create(Job().job().training(), 1, 1).value();
  Dataset data_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<BatchLookups> lookups_;
};

TEST_F(ArrayLookupsTest, ArraysHaveNeitherOffsetsNorWeights) {
  const ModelBatch& batch = Prepare(Job());
  EXPECT_THAT(ids(), ElementsAre(8, 4));
  ASSERT_EQ(batch.lookups.size(), 2u);
  for (const LookupRows& rows : batch.lookups) EXPECT_THAT(IdsOf(ids(), rows.index, 4), ElementsAre(8, 4, 4, 4));
  EXPECT_EQ(batch.lookups[0].offsets, nullptr);
  EXPECT_EQ(batch.lookups[0].weights, nullptr);
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[1].offsets, 3), ElementsAre(0, 2, 4));
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[1].weights, 4), ElementsAre(5, 6, 1, 2));
}

TEST_F(ArrayLookupsTest, PaddingLeavesBagsWithItsWeightAndStaysInArrays) {
  ResolvedJob job = Job();
  job.mutable_job()->mutable_tables(0)->set_padding_idx(8);
  const ModelBatch& batch = Prepare(job);
  EXPECT_THAT(IdsOf(ids(), batch.lookups[0].index, 4), ElementsAre(8, 4, 4, 4));
  EXPECT_THAT(IdsOf(ids(), batch.lookups[1].index, 3), ElementsAre(4, 4, 4));
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[1].offsets, 3), ElementsAre(0, 1, 3));
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[1].weights, 3), ElementsAre(6, 1, 2));
}

TEST_F(NetworkLookupsTest, LookupsOfATableShareItsRowsAndGradients) {
  lookups_->Prepare({2, 0});
  ASSERT_EQ(lookups_->pull_tables().size(), 2u);
  const ModelBatch& batch = lookups_->BatchForTraining(2);
  EXPECT_EQ(batch.lookups[kWordById].rows, batch.lookups[kWordByBag].rows);
  EXPECT_EQ(batch.lookups[kWordById].gradients, batch.lookups[kWordByBag].gradients);
  EXPECT_NE(batch.lookups[kWordById].rows, batch.lookups[kItemByBag].rows);
  EXPECT_EQ(lookups_->push_tables().size(), 2u);
}

TEST_F(NetworkLookupsTest, ABatchOfEmptyBagsReadsNothing) {
  lookups_->Prepare({1, 1});
  EXPECT_TRUE(Ids(kItem).empty());
  EXPECT_THAT(Ids(kWord), ElementsAre(2));
  const ModelBatch& batch = lookups_->BatchForTraining(2);
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[kItemByBag].offsets, 3), ElementsAre(0, 0, 0));
}

TEST_F(NetworkLookupsTest, LabelsAreThoseOfTheGlobalBatchTheRestIsOfTheOwnPart) {
  const std::vector<int64_t> global = {3, 2, 0, 1};
  lookups_->Prepare(global, 1, 3);
  const ModelBatch& batch = lookups_->BatchForTraining(4);
  EXPECT_THAT(batch.labels, ElementsAre(1, 2, 1, 0));
  EXPECT_EQ(batch.first_example, 1);
  EXPECT_EQ(batch.num_examples, 2);
  EXPECT_THAT(batch.examples, ElementsAre(2, 0));
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[kWordByBag].offsets, 3), ElementsAre(0, 3, 5));
  EXPECT_THAT(Ids(kWord), ElementsAre(5, 7, 2));
}

TEST_F(NetworkLookupsTest, APartWithoutExamplesKnowsTheLabels) {
  const std::vector<int64_t> global = {3, 2};
  lookups_->Prepare(global, 1, 1);
  const ModelBatch& batch = lookups_->BatchForValidation();
  EXPECT_THAT(batch.labels, ElementsAre(1, 2));
  EXPECT_EQ(batch.first_example, 1);
  EXPECT_EQ(batch.num_examples, 0);
  EXPECT_TRUE(batch.examples.empty());
  for (const PullTable& pull : lookups_->pull_tables()) EXPECT_TRUE(pull.ids.empty());
}

TEST_F(NetworkLookupsTest, PaddingIsLeftOutOfTheBagsOfItsTableAlone) {
  ResolvedJob job = job_;
  job.mutable_job()->mutable_tables(kWord)->set_padding_idx(5);
  lookups_ = BatchLookups::Create(job.job(), *model_, data_).value();
  lookups_->Prepare({2, 0, 1, 3});
  const ModelBatch& batch = lookups_->BatchForTraining(4);
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[kWordByBag].offsets, 5), ElementsAre(0, 2, 4, 4, 5));
  EXPECT_THAT(IdsOf(Ids(kWord), batch.lookups[kWordByBag].index, 5), ElementsAre(7, 7, 2, 7, 9));
  EXPECT_THAT(IdsOf(Ids(kWord), batch.lookups[kWordById].index, 4), ElementsAre(5, 5, 2, 9));
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[kItemByBag].offsets, 5), ElementsAre(0, 3, 5, 5, 6));
}

TEST_F(NetworkLookupsTest, ReadsAreCountedOverIdsAndBags) {
  ResolvedJob job = job_;
  job.mutable_job()->mutable_tables(kWord)->set_scale_grad_by_freq(true);
  lookups_ = BatchLookups::Create(job.job(), *model_, data_).value();
  const std::vector<int64_t> global = {0, 1, 2, 3};  // Words 5, 2, 5, 9 and 2 7, none, 7 7 5, 9.
  lookups_->Prepare(global, 1, 3);
  EXPECT_THAT(Ids(kWord), ElementsAre(2, 5, 7));
  EXPECT_THAT(ScaledSixes(lookups_.get(), job)[kWord], ElementsAre(3, 2, 2));
}

TEST_F(NetworkLookupsTest, ASmallerBatchReplacesTheLast) {
  lookups_->Prepare({2, 0, 1, 3});
  lookups_->Prepare({3});
  const ModelBatch& batch = lookups_->BatchForTraining(1);
  EXPECT_THAT(batch.labels, ElementsAre(1));
  EXPECT_THAT(batch.examples, ElementsAre(3));
  EXPECT_THAT(absl::MakeConstSpan(batch.lookups[kItemByBag].offsets, 2), ElementsAre(0, 1));
  EXPECT_THAT(Ids(kItem), ElementsAre(9));
}

TEST_F(NetworkLookupsTest, ImagesAreThoseOfTheDataset) {
  lookups_->Prepare({2});
  const ModelBatch& batch = lookups_->BatchForTraining(1);
  ASSERT_EQ(batch.images.size(), 1u);
  EXPECT_EQ(batch.images[0].pixels, data_.image_columns[0].pixels.data());
  EXPECT_EQ(batch.images[0].size, 12);
}

TEST_F(NetworkLookupsTest, ColumnsThatAreMissingAreNamed) {
  const auto error = [this](const Dataset& data) {
    return std::string(BatchLookups::Create(job_.job(), *model_, data).status().message());
  };
  Dataset data = data_;
  data.label_columns.pop_back();
  EXPECT_EQ(error(data), "the data has no label column label");
  data.image_columns.clear();
  EXPECT_EQ(error(data), "the data has no image column picture");
  data.bag_columns.clear();
  EXPECT_EQ(error(data), "the data has no text column text");
}

}  // namespace
}  // namespace shoal
