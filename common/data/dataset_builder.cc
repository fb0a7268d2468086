#include "common/data/dataset_builder.h"

#include <cstddef>

namespace shoal {

DatasetBuilder::DatasetBuilder(const ModelInputs& inputs, const ResolvedJob& job, int64_t num_examples, KeepNames names)
    : names_(names) {
  const size_t capacity = static_cast<size_t>(num_examples);
  for (const IdInput& input : inputs.ids) {
    dataset_.id_columns.push_back({input.column, {}});
    dataset_.id_columns.back().ids.reserve(capacity);
  }
  for (const std::string& name : inputs.numbers) {
    dataset_.number_columns.push_back({name, {}});
    dataset_.number_columns.back().values.reserve(capacity);
  }
  for (const BagInput& input : inputs.bags) {
    dataset_.bag_columns.push_back({input.column, {}, {}});
    dataset_.bag_columns.back().offsets.reserve(capacity + 1);
    dataset_.bag_columns.back().offsets.push_back(0);
  }
  for (size_t i = 0; i < inputs.labels.size(); ++i) {
    const LabelInfo& label = job.labels(static_cast<int>(i));
    dataset_.label_columns.push_back({label.name(), {}, label.num_classes()});
    dataset_.label_columns.back().labels.reserve(capacity);
  }
  for (const ImageInfo& image : job.images()) {
    dataset_.image_columns.push_back({image.name(), image.height(), image.width(), {}});
    const size_t pixels = static_cast<size_t>(image.height()) * static_cast<size_t>(image.width());
    dataset_.image_columns.back().pixels.reserve(capacity * pixels);
  }
}

void DatasetBuilder::Add(const Example& example) {
  for (size_t i = 0; i < example.ids.size(); ++i) dataset_.id_columns[i].ids.push_back(example.ids[i]);
  for (size_t i = 0; i < example.numbers.size(); ++i) dataset_.number_columns[i].values.push_back(example.numbers[i]);
  for (size_t i = 0; i < example.bags.size(); ++i) {
    BagColumn& column = dataset_.bag_columns[i];
    column.ids.insert(column.ids.end(), example.bags[i].begin(), example.bags[i].end());
    column.weights.insert(column.weights.end(), example.weights[i].begin(), example.weights[i].end());
    column.offsets.push_back(static_cast<int64_t>(column.ids.size()));
  }
  for (size_t i = 0; i < example.labels.size(); ++i) {
    dataset_.label_columns[i].labels.push_back(static_cast<int64_t>(example.labels[i]));
  }
  for (size_t i = 0; i < example.images.size(); ++i) {
    std::vector<uint8_t>& pixels = dataset_.image_columns[i].pixels;
    pixels.insert(pixels.end(), example.images[i].begin(), example.images[i].end());
  }
  if (names_ == KeepNames::kYes) AddNames(example);
  ++dataset_.num_examples;
}

void DatasetBuilder::AddNames(const Example& example) {
  ExampleNames& names = dataset_.names;
  names.unit = std::string(example.place.unit);
  names.places.push_back(example.place.number);
  names.id_texts.resize(example.id_texts.size());
  for (size_t i = 0; i < example.id_texts.size(); ++i) names.id_texts[i].emplace_back(example.id_texts[i]);
}

}  // namespace shoal
