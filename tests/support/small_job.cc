#include "tests/support/small_job.h"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"

namespace shoal {
namespace {

void AddTable(const std::string& name, int64_t num_embeddings, int dim, const SmallJobOptions& options,
              JobConfig* job) {
  TableConfig* table = job->add_tables();
  table->set_name(name);
  table->set_num_embeddings(num_embeddings);
  table->set_embedding_dim(dim);
  table->set_num_partitions(options.num_partitions);
  table->mutable_initializer()->mutable_normal()->set_std(0.1f);
  google::protobuf::TextFormat::ParseFromString(options.optimizer, table->mutable_optimizer());
  table->set_row_semantics(options.row_semantics);
}

Dataset RandomRatings(int64_t num_examples, const JobConfig& job, std::mt19937_64* random) {
  Dataset data;
  data.num_examples = num_examples;
  data.id_columns = {{"user_id", {}}, {"item_id", {}}};
  data.number_columns = {{"rating", {}}};
  for (int64_t i = 0; i < num_examples; ++i) {
    data.id_columns[0].ids.push_back((*random)() % job.tables(0).num_embeddings());
    data.id_columns[1].ids.push_back((*random)() % job.tables(1).num_embeddings());
    data.number_columns[0].values.push_back(static_cast<float>((*random)() % 5 + 1));
  }
  return data;
}

constexpr int kClasses = 3;
constexpr int kClassDim = 3;
constexpr int kPictureHeight = 3;
constexpr int kPictureWidth = 4;

Dataset RandomExamples(int64_t num_examples, const JobConfig& job, std::mt19937_64* random) {
  Dataset data;
  data.num_examples = num_examples;
  data.id_columns = {{"item_id", {}}};
  data.bag_columns = {{"text", {}, {0}}};
  data.number_columns = {{"weight", {}}, {"price", {}}};
  data.image_columns = {{"picture", kPictureHeight, kPictureWidth, {}}};
  data.label_columns = {{"label", {}, kClasses}};
  for (int64_t i = 0; i < num_examples; ++i) {
    data.id_columns[0].ids.push_back((*random)() % job.tables(0).num_embeddings());
    for (uint64_t left = (*random)() % 6; left > 0; --left) {
      data.bag_columns[0].ids.push_back((*random)() % job.tables(1).num_embeddings());
    }
    data.bag_columns[0].offsets.push_back(static_cast<int64_t>(data.bag_columns[0].ids.size()));
    for (NumberColumn& column : data.number_columns) {
      column.values.push_back(static_cast<float>((*random)() % 2048) / 1024 - 1);
    }
    for (int p = 0; p < kPictureHeight * kPictureWidth; ++p) {
      data.image_columns[0].pixels.push_back(static_cast<uint8_t>((*random)()));
    }
    data.label_columns[0].labels.push_back(static_cast<int64_t>((*random)() % kClasses));
  }
  return data;
}

constexpr const char* kMembers[] = {"anchor", "positive", "negative"};
constexpr int kPairSize = 2;

std::string PairColumn(const char* member) { return absl::StrCat(member, "_pair"); }

void AddMembers(const JobConfig& job, std::mt19937_64* random, Dataset* data) {
  const auto item = [&] { return (*random)() % job.tables(0).num_embeddings(); };
  for (const char* member : kMembers) {
    IdColumn id = {member, {}};
    BagColumn pair = {PairColumn(member), {}, {0}};
    BagColumn tags = {absl::StrCat(member, "_tags"), {}, {0}};
    for (int64_t i = 0; i < data->num_examples; ++i) {
      id.ids.push_back(item());
      for (int k = 0; k < kPairSize; ++k) pair.ids.push_back(item());
      pair.offsets.push_back(static_cast<int64_t>(pair.ids.size()));
      for (uint64_t left = (*random)() % 4; left > 0; --left) {
        tags.ids.push_back((*random)() % job.tables(1).num_embeddings());
        tags.weights.push_back(static_cast<float>((*random)() % 2048) / 1024 - 1);
      }
      tags.offsets.push_back(static_cast<int64_t>(tags.ids.size()));
    }
    data->id_columns.push_back(std::move(id));
    data->bag_columns.push_back(std::move(pair));
    data->bag_columns.push_back(std::move(tags));
  }
  NumberColumn same = {"same", {}};
  for (int64_t i = 0; i < data->num_examples; ++i) same.values.push_back(static_cast<float>((*random)() % 2));
  data->number_columns.push_back(std::move(same));
}

// What is the same for every model: training, cluster and sizes.
void SetTraining(const SmallJobOptions& options, ResolvedJob* resolved) {
  JobConfig* job = resolved->mutable_job();
  job->set_seed(7);
  TrainingConfig* training = job->mutable_training();
  training->set_epochs(options.epochs);
  training->set_batch_size(options.batch_size);
  training->set_validation_batch_size(8);
  training->set_learning_rate(0.05f);
  training->mutable_schedule()->mutable_one_cycle();
  training->set_log_every_steps(3);
  job->mutable_cluster()->set_workers(options.workers);
  job->mutable_cluster()->set_parameter_servers(options.parameter_servers);
  resolved->set_num_train_examples(options.num_train_examples);
  resolved->set_num_validation_examples(options.num_validation_examples);
  resolved->set_steps_per_epoch((options.num_train_examples + options.batch_size - 1) / options.batch_size);
  resolved->set_total_steps(resolved->steps_per_epoch() * options.epochs);
}

}  // namespace

ResolvedJob SmallJob(const SmallJobOptions& options) {
  ResolvedJob resolved;
  JobConfig* job = resolved.mutable_job();
  AddTable("user", options.num_users, options.embedding_dim, options, job);
  AddTable("item", options.num_items, options.embedding_dim, options, job);
  AddTable("user_bias", options.num_users, 1, options, job);
  AddTable("item_bias", options.num_items, 1, options, job);
  AddTable("global_bias", 1, 1, options, job);
  google::protobuf::TextFormat::ParseFromString(
      R"pb(
        user { column: "user_id" table: "user" }
        item { column: "item_id" table: "item" }
        target: "rating"
        user_bias_table: "user_bias"
        item_bias_table: "item_bias"
        global_bias_table: "global_bias"
        output_range { low: 0 high: 5.5 }
      )pb",
      job->mutable_model()->mutable_matrix_factorization());
  SetTraining(options, &resolved);
  return resolved;
}

ResolvedJob SmallImplicitJob(const std::string& fields, const SmallJobOptions& options) {
  ResolvedJob resolved;
  JobConfig* job = resolved.mutable_job();
  AddTable("user", options.num_users, options.embedding_dim, options, job);
  AddTable("item", options.num_items, options.embedding_dim, options, job);
  ImplicitFactorization* model = job->mutable_model()->mutable_implicit_factorization();
  const std::string text =
      absl::StrCat("user { column: 'user_id' table: 'user' } item { column: 'item_id' table: 'item' } ", fields);
  if (!google::protobuf::TextFormat::ParseFromString(text, model)) std::abort();
  if (model->has_item_bias_table()) AddTable(model->item_bias_table(), options.num_items, 1, options, job);
  SetTraining(options, &resolved);
  return resolved;
}

ResolvedJob PlainSgdJob(SmallJobOptions options) {
  options.optimizer = "sgd {}";
  options.row_semantics = LAZY;
  ResolvedJob job = SmallJob(options);
  job.mutable_job()->mutable_training()->clear_schedule();
  job.mutable_job()->mutable_training()->set_learning_rate(1);
  return job;
}

TrainingData SmallData(const ResolvedJob& job) {
  std::mt19937_64 random(job.job().seed());
  TrainingData data;
  data.train = RandomRatings(job.num_train_examples(), job.job(), &random);
  data.validation = RandomRatings(job.num_validation_examples(), job.job(), &random);
  return data;
}

ResolvedJob SmallNetworkJob(const SmallNetworkOptions& network, const SmallJobOptions& options) {
  ResolvedJob resolved;
  JobConfig* job = resolved.mutable_job();
  AddTable("item", options.num_items, 5, options, job);
  AddTable("word", 23, 18, options, job);
  Network* config = job->mutable_model()->mutable_network();
  for (const std::string& text : {network.features, network.tower, network.loss}) {
    if (!google::protobuf::TextFormat::MergeFromString(text, config)) std::abort();
  }
  for (const char* member : kMembers) {
    ColumnConfig* column = job->mutable_data()->add_columns();
    column->set_name(PairColumn(member));
    column->set_type(ColumnConfig::ID_LIST);
    column->mutable_id_list()->add_shape(kPairSize);
  }
  config->set_label("label");
  if (config->loss().has_sampled_softmax()) {
    AddTable(config->loss().sampled_softmax().table(), kClasses, kClassDim, options, job);
    AddTable(config->loss().sampled_softmax().bias_table(), kClasses, 1, options, job);
  }
  SetTraining(options, &resolved);
  google::protobuf::TextFormat::ParseFromString(options.optimizer, job->mutable_training()->mutable_optimizer());
  LabelInfo* label = resolved.add_labels();
  label->set_name("label");
  label->set_num_classes(kClasses);
  ImageInfo* image = resolved.add_images();
  image->set_name("picture");
  image->set_height(kPictureHeight);
  image->set_width(kPictureWidth);
  return resolved;
}

TrainingData SmallNetworkData(const ResolvedJob& job) {
  std::mt19937_64 random(job.job().seed());
  TrainingData data;
  data.train = RandomExamples(job.num_train_examples(), job.job(), &random);
  data.validation = RandomExamples(job.num_validation_examples(), job.job(), &random);
  AddMembers(job.job(), &random, &data.train);
  AddMembers(job.job(), &random, &data.validation);
  return data;
}

std::vector<uint32_t> DealPartitions(const ResolvedJob& job) {
  int partitions = 1;
  for (const TableConfig& table : job.job().tables()) partitions = std::max(partitions, table.num_partitions());
  const int servers = std::max(job.job().cluster().parameter_servers(), 1);
  std::vector<uint32_t> owner;
  for (int p = 0; p < partitions; ++p) owner.push_back(static_cast<uint32_t>(p % servers));
  return owner;
}

}  // namespace shoal
