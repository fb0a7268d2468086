// Where everything lies in the file of the dense parameters: a function of their names, shapes and states
// (docs/checkpoint_format.md), as TableGroupLayout is of tables.
//
// Immutable.
#ifndef SHOAL_COMMON_CHECKPOINT_DENSE_LAYOUT_H_
#define SHOAL_COMMON_CHECKPOINT_DENSE_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class DenseLayout {
 public:
  // Offsets in bytes from the start of the file.
  struct Offsets {
    uint64_t values = 0;
    std::vector<uint64_t> state;
  };

  // Hashes are not looked at. InvalidArgument, naming the parameter: a malformed name or shape, more than
  // kMaxParameterElements, state of a width below 1 or of two fields of one name, or parameters that are not in
  // strictly ascending order.
  static absl::StatusOr<DenseLayout> Create(const google::protobuf::RepeatedPtrField<DenseParameterPart>& parameters);

  // The first bytes of the file, up to the first tensor.
  const std::string& header() const { return header_; }
  uint64_t file_bytes() const { return file_bytes_; }
  // As the parameters given to Create.
  const std::vector<Offsets>& offsets() const { return offsets_; }

 private:
  std::string header_;
  uint64_t file_bytes_ = 0;
  std::vector<Offsets> offsets_;
};

// Of a parameter that DenseLayout::Create has accepted.
int64_t CountElements(const DenseParameterPart& parameter);

}  // namespace shoal

#endif  // SHOAL_COMMON_CHECKPOINT_DENSE_LAYOUT_H_
