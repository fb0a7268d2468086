// What the tests of features share: a job, blocks of rows, and outputs that show what was written.
#ifndef SHOAL_TESTS_WORKER_FEATURES_FEATURE_PROBLEM_H_
#define SHOAL_TESTS_WORKER_FEATURES_FEATURE_PROBLEM_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/job.pb.h"
#include "tests/worker/row_block.h"
#include "worker/features/network_feature.h"

namespace shoal {

// Tables item and word, both with rows of `dim` floats, images of 2 x 3 pixels in column picture, and columns of lists:
// `grid`, arrays of that shape, and `list`, any number of ids.
inline ResolvedJob FeatureJob(int dim, const std::vector<int>& grid = {2, 2}) {
  ResolvedJob resolved;
  for (const char* name : {"item", "word"}) {
    TableConfig* table = resolved.mutable_job()->add_tables();
    table->set_name(name);
    table->set_embedding_dim(dim);
  }
  for (const char* name : {"list", "grid"}) {
    ColumnConfig* column = resolved.mutable_job()->mutable_data()->add_columns();
    column->set_name(name);
    column->set_type(ColumnConfig::ID_LIST);
  }
  IdListConfig* list = resolved.mutable_job()->mutable_data()->mutable_columns(1)->mutable_id_list();
  list->mutable_shape()->Add(grid.begin(), grid.end());
  ImageInfo* image = resolved.add_images();
  image->set_name("picture");
  image->set_height(2);
  image->set_width(3);
  return resolved;
}

// `config` is InputFeature's text format. Fails the program where it is none.
inline absl::StatusOr<std::unique_ptr<NetworkFeature>> MakeFeature(const ResolvedJob& job, const std::string& config,
                                                                   FeatureInputs* inputs) {
  InputFeature feature;
  if (!google::protobuf::TextFormat::ParseFromString(config, &feature)) std::abort();
  return CreateFeature(job, feature, inputs);
}

// `values`: row after row, without padding.
inline RowBlock MakeRowBlock(const std::vector<float>& values, int dim) {
  RowBlock block(static_cast<int64_t>(values.size()) / dim, dim);
  for (int64_t i = 0; i < block.size(); ++i) std::copy_n(values.data() + i * dim, dim, block.row(i));
  return block;
}

// Row after row, without padding.
inline std::vector<float> TakeGradients(RowBlock* block, int dim) {
  std::vector<float> gradients;
  for (int64_t i = 0; i < block->size(); ++i) {
    gradients.insert(gradients.end(), block->gradient(i), block->gradient(i) + dim);
  }
  return gradients;
}

// To 1e-5 of the numbers; references have ten digits.
inline void ExpectNear(const std::vector<float>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], 1e-6 + 1e-5 * std::fabs(expected[i])) << "element " << i;
  }
}

// [examples, stride] of which features write some columns.
class FeatureOutput {
 public:
  static constexpr float kUntouched = -77;

  FeatureOutput(int64_t examples, int64_t stride)
      : examples_(examples), stride_(stride), floats_(examples * stride, kUntouched) {}

  float* data() { return floats_.data(); }

  // The columns from `column` on, example after example; rest() no longer has them.
  std::vector<float> Take(int64_t column, int64_t width) {
    std::vector<float> values;
    for (int64_t i = 0; i < examples_; ++i) {
      float* const from = data() + i * stride_ + column;
      for (int64_t e = 0; e < width; ++e) values.push_back(std::exchange(from[e], kUntouched));
    }
    return values;
  }
  // Writes them.
  void Put(int64_t column, int64_t width, const std::vector<float>& values) {
    for (int64_t i = 0; i < examples_; ++i) {
      std::copy_n(values.data() + i * width, width, data() + i * stride_ + column);
    }
  }
  // All floats that were not taken.
  const std::vector<float>& rest() const { return floats_; }

 private:
  const int64_t examples_;
  const int64_t stride_;
  std::vector<float> floats_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_FEATURES_FEATURE_PROBLEM_H_
