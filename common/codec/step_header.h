// The header of a request, read by hand like the messages that carry it.
#ifndef SHOAL_COMMON_CODEC_STEP_HEADER_H_
#define SHOAL_COMMON_CODEC_STEP_HEADER_H_

#include "absl/status/status.h"
#include "google/protobuf/io/coded_stream.h"
#include "proto/parameter_service.pb.h"

namespace shoal {

// Today's five fields take 34 bytes; later clients may send more. Fields that are not known take many times their bytes
// as protobuf keeps them.
constexpr int kMaxStepHeaderBytes = 1024;

// Merges a field of this type, whose tag was just read, into `*header`, without what is not known in it.
// InvalidArgument: it is malformed, larger than kMaxStepHeaderBytes, or of a dtype that there is not.
absl::Status ReadStepHeader(google::protobuf::io::CodedInputStream* input, StepHeader* header);

}  // namespace shoal

#endif  // SHOAL_COMMON_CODEC_STEP_HEADER_H_
