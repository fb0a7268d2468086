#include "common/codec/step_header.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/largest_allocation.h"

namespace shoal {
namespace {

using ::google::protobuf::io::CodedInputStream;

absl::Status Read(const std::string& bytes, StepHeader* header) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  input.PushLimit(static_cast<int>(bytes.size()));
  return ReadStepHeader(&input, header);
}

std::string Field(const std::string& bytes) { return static_cast<char>(bytes.size()) + bytes; }

TEST(StepHeaderTest, AHeaderIsMergedIntoWhatIsThere) {
  StepHeader written;
  written.set_step(7);
  StepHeader header;
  header.set_job_id(5);
  ASSERT_EQ(Read(Field(written.SerializeAsString()), &header), absl::OkStatus());
  EXPECT_EQ(header.job_id(), 5u);
  EXPECT_EQ(header.step(), 7u);
}

// A field that is not known says that 2^28 bytes follow.
TEST(StepHeaderTest, ALengthThatIsNotThereTakesNoMemory) {
  StepHeader header;
  ResetLargestAllocation();
  EXPECT_TRUE(absl::IsInvalidArgument(Read(Field("\x7a\x80\x80\x80\x80\x01zz"), &header)));
  EXPECT_LT(LargestAllocation(), 4096u);
}

}  // namespace
}  // namespace shoal
