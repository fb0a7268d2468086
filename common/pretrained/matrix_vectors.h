// Rows of a matrix that lies in a file row by row: what NumPy and safetensors files hold behind their headers.
#ifndef SHOAL_COMMON_PRETRAINED_MATRIX_VECTORS_H_
#define SHOAL_COMMON_PRETRAINED_MATRIX_VECTORS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "common/pretrained/element_type.h"
#include "common/pretrained/exact_reader.h"
#include "common/pretrained/pretrained_vectors.h"

namespace shoal {

class MatrixVectors : public PretrainedVectors {
 public:
  struct Shape {
    ElementType type = ElementType::kFloat32;
    int64_t num_rows = 0;
    int64_t dim = 1;
  };
  // `reader` stands in front of the first row. `fills_file`: bytes behind the last row are an error.
  // REQUIRES: CheckPretrainedShape holds.
  MatrixVectors(std::unique_ptr<ExactReader> reader, const Shape& shape, bool fills_file);

  bool has_words() const override { return false; }
  std::string Location() const override;

 protected:
  absl::StatusOr<bool> ReadRow(absl::Span<float> row) override;

 private:
  std::unique_ptr<ExactReader> reader_;
  Shape shape_;
  bool fills_file_;
  int64_t next_row_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_PRETRAINED_MATRIX_VECTORS_H_
