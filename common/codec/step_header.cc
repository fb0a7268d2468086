#include "common/codec/step_header.h"

#include <string>

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
  const int size = input->BytesUntilLimit();
  if (size > kMaxStepHeaderBytes) return Malformed(absl::StrCat(size, " bytes, more than ", kMaxStepHeaderBytes));
  // From a stream Protobuf would reserve up to 50 MB for a string that only says that it is long.
  std::string bytes;
  if (!input->ReadString(&bytes, size)) return Malformed("it ends early");
  if (!header->MergeFromString(bytes)) return Malformed("a bad field");
  header->DiscardUnknownFields();
  input->PopLimit(outer);
  if (!DType_IsValid(header->dtype())) return Malformed(absl::StrCat("dtype ", header->dtype(), " is unknown"));
  return absl::OkStatus();
}

}  // namespace shoal
