// The distribution of a table's first values: maps random bits to a float.
//
// Thread safety: immutable.
#ifndef SHOAL_COMMON_INITIALIZER_DISTRIBUTION_H_
#define SHOAL_COMMON_INITIALIZER_DISTRIBUTION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/job.pb.h"

namespace shoal {

class Distribution {
 public:
  // REQUIRES: table.embedding_dim and table.num_embeddings are at least 1 (Xavier's fan_in and fan_out).
  // InvalidArgument names the table, the field of its initializer and the value that cannot be.
  static absl::StatusOr<Distribution> Create(const TableConfig& table);

  // The value made of 32 random bits: finite, and within the bounds that the initializer gives. The middle of the bits'
  // interval [bits, bits + 1) / 2^32 stands for the uniform variable u that the formulas below start from.
  float Value(uint32_t bits) const;

 private:
  enum class Shape {
    kConstant,  // offset
    kUniform,   // offset + scale * u, within [min, max]
    kNormal,    // offset + scale * InverseNormalCdf(low_probability + probability * u), within [min, max]
  };

  static Distribution Constant(double value);
  // In [low, high), as torch.nn.init.uniform_; low itself where the two are equal.
  static Distribution Uniform(double low, double high);
  static Distribution Normal(double mean, double std);
  // REQUIRES: low < high, in standard deviations.
  static Distribution TruncatedNormal(double mean, double std, double low, double high);

  float Clamp(double value) const;

  Shape shape_ = Shape::kConstant;
  double offset_ = 0;
  double scale_ = 0;
  double low_probability_ = 0;
  double probability_ = 1;
  float min_ = 0;
  float max_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_INITIALIZER_DISTRIBUTION_H_
