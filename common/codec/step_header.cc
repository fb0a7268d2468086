#include "common/codec/step_header.h"

#include "absl/strings/str_cat.h"
#include "common/codec/wire.h"

namespace shoal {
namespace {

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed StepHeader: ", what));
}

}  // namespace

absl::Status ReadStepHeader(google::protobuf::io::CodedInputStream* input, StepHeader* header) {
  google::protobuf::io::CodedInputStream::Limit outer;
  if (!EnterDelimited(input, &outer)) return Malformed("it ends early");
  if (input->BytesUntilLimit() > kMaxStepHeaderBytes) {
    return Malformed(absl::StrCat(input->BytesUntilLimit(), " bytes, more than ", kMaxStepHeaderBytes));
  }
  if (!header->MergeFromCodedStream(input) || input->BytesUntilLimit() != 0) return Malformed("a bad field");
  header->DiscardUnknownFields();
  input->PopLimit(outer);
  if (!DType_IsValid(header->dtype())) return Malformed(absl::StrCat("dtype ", header->dtype(), " is unknown"));
  return absl::OkStatus();
}

}  // namespace shoal
