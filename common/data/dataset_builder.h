// A dataset that is filled example by example.
#ifndef SHOAL_COMMON_DATA_DATASET_BUILDER_H_
#define SHOAL_COMMON_DATA_DATASET_BUILDER_H_

#include <cstdint>
#include <utility>

#include "common/data/dataset.h"
#include "common/data/example_reader.h"
#include "common/data/model_inputs.h"
#include "proto/job.pb.h"

namespace shoal {

class DatasetBuilder {
 public:
  // For about so many examples of the columns of `inputs`; classes and sizes of images are those of `job`.
  // REQUIRES: the labels of `inputs` are those of the job, or none.
  DatasetBuilder(const ModelInputs& inputs, const ResolvedJob& job, int64_t num_examples, KeepNames names);

  // REQUIRES: images have the sizes that the job says.
  void Add(const Example& example);

  // REQUIRES: nothing is called afterwards.
  Dataset Build() { return std::move(dataset_); }

 private:
  void AddNames(const Example& example);

  Dataset dataset_;
  const KeepNames names_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_DATASET_BUILDER_H_
