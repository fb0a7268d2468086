#include "tests/worker/network_problem.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/config/member_features.h"
#include "common/optimizer/row_layout.h"
#include "gtest/gtest.h"
#include "tests/worker/losses/loss_problem.h"
#include "worker/losses/negative_sampler.h"

namespace shoal {
namespace {

constexpr absl::string_view kTowerPrefix = "tower.";

SmallJobOptions Sizes() {
  SmallJobOptions options;
  options.optimizer = "sgd {}";
  return options;
}

void AddElementwise(const std::vector<double>& part, std::vector<double>* sum) {
  sum->resize(part.size());
  std::transform(part.begin(), part.end(), sum->begin(), sum->begin(), std::plus<>());
}

// What a bag of rows comes to; rows are [size, dim].
void AppendBag(const std::vector<double>& rows, int dim, const BagColumn& bags, int64_t example, BagFeature::Mode mode,
               std::vector<double>* out) {
  const int64_t begin = bags.offsets[example];
  const int64_t end = bags.offsets[example + 1];
  for (int e = 0; e < dim; ++e) {
    std::vector<double> elements;
    for (int64_t p = begin; p < end; ++p) {
      elements.push_back(rows[bags.ids[p] * dim + e] * (bags.weights.empty() ? 1 : bags.weights[p]));
    }
    double value = 0;
    if (mode == BagFeature::MAX && begin < end) value = *std::max_element(elements.begin(), elements.end());
    if (mode != BagFeature::MAX) value = std::accumulate(elements.begin(), elements.end(), 0.0);
    if (mode == BagFeature::MEAN && begin < end) value /= static_cast<double>(end - begin);
    out->push_back(value);
  }
}

// The one id of an example, or those of its array.
std::vector<uint64_t> IdsOf(const Dataset& data, const std::string& column, int64_t example) {
  const int bag = data.FindBagColumn(column);
  if (bag < 0) return {data.id_columns[data.FindIdColumn(column)].ids[example]};
  const BagColumn& bags = data.bag_columns[bag];
  return {bags.ids.begin() + bags.offsets[example], bags.ids.begin() + bags.offsets[example + 1]};
}

void AppendPixels(const ImageColumn& images, int64_t example, const ImageFeature& config, std::vector<double>* out) {
  const int size = images.height * images.width;
  for (int p = 0; p < size; ++p) {
    out->push_back((images.pixels[example * size + p] / 255.0 - config.mean()) / config.std());
  }
}

// Mean cross-entropy of the labels: among themselves and the classes drawn for the step, whose logits are corrected; at
// step 0 among all classes, whose logits are not.
double SampledSoftmaxMean(const SampledSoftmax& config, const LossProblem& loss, const DoubleMatrix& outputs,
                          const std::map<std::string, std::vector<double>>& tables) {
  const std::vector<double>& rows = tables.at(config.table());
  const std::vector<double>& biases = tables.at(config.bias_table());
  const auto classes = static_cast<int64_t>(biases.size());
  const NegativeSampler sampler = NegativeSampler::Create(config, classes).value();
  const bool sampled = loss.step > 0 || config.sampled_validation();
  NegativeSample sample = sampler.Sample(loss.seed, loss.step);
  if (!sampled) {
    sample.classes.resize(classes);
    std::iota(sample.classes.begin(), sample.classes.end(), 0);
  }
  double sum = 0;
  for (int64_t i = 0; i < loss.n(); ++i) {
    const auto logit = [&](int64_t c) {
      const double* const output = &outputs.values[i * outputs.cols];
      const double score = std::inner_product(output, output + outputs.cols, &rows[c * outputs.cols], biases[c]);
      return sampled ? score - sampler.LogExpectedCount(c, sample) : score;
    };
    double total = std::exp(logit(loss.labels[i]));
    for (const int64_t c : sample.classes) total += c == loss.labels[i] ? 0 : std::exp(logit(c));
    sum += std::log(total) - logit(loss.labels[i]);
  }
  return sum / static_cast<double>(loss.n());
}

}  // namespace

NetworkProblem::NetworkProblem(const SmallNetworkOptions& network, int64_t examples)
    : NetworkProblem(SmallNetworkJob(network, Sizes()), SmallNetworkData(SmallNetworkJob(network, Sizes())), examples) {
}

NetworkProblem::NetworkProblem(const ResolvedJob& job, TrainingData data, int64_t examples)
    : job_(job),
      data_(std::move(data)),
      schedule_(Schedule::Create(job_.job().training(), job_.steps_per_epoch(), job_.total_steps()).value()) {
  for (int64_t i = 0; i < examples; ++i) batch.push_back((i * 11 + 5) % data_.train.num_examples);
  std::mt19937_64 random(job_.job().seed());
  std::normal_distribution<float> normal(0, 0.5F);
  for (const TableConfig& table : job_.job().tables()) {
    std::vector<float>& rows = tables_[table.name()];
    rows.resize(table.num_embeddings() * table.embedding_dim());
    for (float& value : rows) value = normal(random);
  }
}

void NetworkProblem::FillRows(BatchLookups& lookups) const {
  for (const PullTable& pull : lookups.pull_tables()) {
    const TableConfig& table = job_.job().tables(pull.table);
    const int dim = table.embedding_dim();
    for (size_t i = 0; i < pull.ids.size(); ++i) {
      std::copy_n(tables_.at(table.name()).begin() + pull.ids[i] * dim, dim, pull.rows + i * SegmentFloats(dim));
    }
  }
}

NetworkProblem::Worker NetworkProblem::MakeWorker(int rank, int workers, bool training) const {
  const size_t size = batch.size();
  Worker worker;
  worker.model = create_model(job_, schedule_, &data_).value();
  worker.lookups = BatchLookups::Create(job_.job(), *worker.model, data_.train).value();
  const size_t begin = size * rank / workers;
  worker.lookups->Prepare(batch, begin, size * (rank + 1) / workers,
                          {training ? step : 0, static_cast<int64_t>(begin)});
  FillRows(*worker.lookups);
  worker.batch =
      training ? &worker.lookups->BatchForTraining(static_cast<int64_t>(size)) : &worker.lookups->BatchForValidation();
  return worker;
}

NetworkResult NetworkProblem::Run(int workers, bool training) const {
  std::vector<Worker> all;
  std::vector<float> gathered;
  for (int rank = 0; rank < workers; ++rank) {
    const Worker& worker = all.emplace_back(MakeWorker(rank, workers, training));
    if (workers == 1 || worker.model->gathered_width() == 0) continue;
    const absl::Span<const float> outputs = worker.model->ComputeOutputs(*worker.batch, training).value();
    EXPECT_EQ(outputs.size(), worker.batch->num_examples * worker.model->gathered_width());
    gathered.insert(gathered.end(), outputs.begin(), outputs.end());
  }
  NetworkResult result;
  for (const auto& [name, rows] : tables_) result.gradients.tables[name].resize(rows.size());
  for (const Worker& worker : all) {
    worker.batch->outputs = gathered;
    MetricSums sums;
    const absl::Status status =
        training ? worker.model->ForwardBackward(*worker.batch, &sums) : worker.model->Forward(*worker.batch, &sums);
    EXPECT_TRUE(status.ok()) << status;
    AddMetricSums(sums, &result.sums);
    if (training) AddGradients(worker, &result.gradients);
  }
  return result;
}

void NetworkProblem::AddGradients(const Worker& worker, NetworkValues* gradients) const {
  for (const PushTable& push : worker.lookups->push_tables()) {
    const TableConfig& table = job_.job().tables(push.table);
    const int dim = table.embedding_dim();
    std::vector<double>& sums = gradients->tables[table.name()];
    for (size_t i = 0; i < push.ids.size(); ++i) {
      for (int e = 0; e < dim; ++e) sums[push.ids[i] * dim + e] += push.gradients[i * SegmentFloats(dim) + e];
    }
  }
  DenseParameters* const dense = worker.model->dense_parameters();
  if (dense == nullptr) return;
  EXPECT_EQ(worker.model->FetchDense(), absl::OkStatus());
  const std::vector<SavedParameter> saved = dense->Save();
  for (size_t p = 0; p < saved.size(); ++p) {
    const float* const gradient = dense->Ref(static_cast<int>(p)).gradient;
    AddElementwise({gradient, gradient + saved[p].values.size()}, &gradients->dense[saved[p].name]);
  }
}

NetworkValues NetworkProblem::values() const {
  NetworkValues values;
  for (const auto& [name, rows] : tables_) values.tables[name].assign(rows.begin(), rows.end());
  const std::unique_ptr<Model> model = CreateModel(job_, schedule_, &data_).value();
  if (model->dense_parameters() == nullptr) return values;
  for (const SavedParameter& saved : model->dense_parameters()->Save()) {
    values.dense[saved.name].assign(saved.values.begin(), saved.values.end());
  }
  return values;
}

std::vector<double> NetworkProblem::Features(int64_t example, int member, const NetworkValues& values) const {
  const Dataset& data = data_.train;
  std::vector<double> row;
  const auto dim_of = [this](const std::string& name) {
    for (const TableConfig& table : job_.job().tables()) {
      if (table.name() == name) return table.embedding_dim();
    }
    return 0;
  };
  for (const InputFeature& feature : MemberFeatures(job_.job().model().network(), member)) {
    if (feature.has_id()) {
      const int dim = dim_of(feature.id().table());
      for (const uint64_t id : IdsOf(data, feature.id().column(), example)) {
        const double* const from = values.tables.at(feature.id().table()).data() + id * dim;
        row.insert(row.end(), from, from + dim);
      }
    } else if (feature.has_bag()) {
      AppendBag(values.tables.at(feature.bag().table()), dim_of(feature.bag().table()),
                data.bag_columns[data.FindBagColumn(feature.bag().column())], example, feature.bag().mode(), &row);
    } else if (feature.has_dense()) {
      for (const std::string& name : feature.dense().columns()) {
        row.push_back(data.number_columns[data.FindNumberColumn(name)].values[example]);
      }
    } else {
      AppendPixels(data.image_columns[data.FindImageColumn(feature.image().column())], example, feature.image(), &row);
    }
  }
  return row;
}

double NetworkProblem::Loss(const NetworkValues& values, bool training) const {
  DoubleMatrix input;
  LossProblem loss;
  const Network& network = job_.job().model().network();
  for (const int64_t example : batch) {
    const int64_t first = loss.n();
    for (int member = 0; member <= network.members_size(); ++member) {
      const std::vector<double> row = Features(example, member, values);
      input.cols = static_cast<int>(row.size());
      input.values.insert(input.values.end(), row.begin(), row.end());
      loss.labels.push_back(data_.train.label_columns[0].labels[example]);
    }
    if (network.members_size() == 0) continue;
    const int same = data_.train.FindNumberColumn("same");
    const bool is_pair = network.members_size() == 1;
    loss.tuples.insert(loss.tuples.end(),
                       {first, first + 1,
                        is_pair ? static_cast<int64_t>(data_.train.number_columns[same].values[example]) : first + 2});
  }
  input.rows = loss.n();
  DoubleParameters parameters;
  for (const auto& [name, numbers] : values.dense) {
    parameters[std::string(absl::StripPrefix(name, kTowerPrefix))] = numbers;
  }
  std::vector<int64_t> positions(loss.n());
  std::iota(positions.begin(), positions.end(), 0);
  const ForwardContext context = {training, job_.job().seed(), step, positions};
  const DoubleMatrix outputs = ForwardInDouble(network.tower(), parameters, context, input);
  loss.config = network.loss();
  loss.dim = outputs.cols;
  loss.seed = job_.job().seed();
  loss.step = training ? step : 0;
  if (loss.config.has_sampled_softmax()) {
    return SampledSoftmaxMean(loss.config.sampled_softmax(), loss, outputs, values.tables);
  }
  return ReferenceLoss(loss, outputs.values);
}

}  // namespace shoal
