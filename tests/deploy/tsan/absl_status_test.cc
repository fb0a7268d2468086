// That ThreadSanitizer takes no copy of a status for a race. It judges by itself: a report makes the executable fail.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"

namespace shoal {
namespace {

constexpr int kRounds = 500;

TEST(AbslStatusTest, TheLastCopyMayBeAnyThreads) {
  for (int i = 0; i < kRounds; ++i) {
    auto ours = std::make_unique<absl::Status>(absl::InternalError("long enough to need memory of its own"));
    std::thread other([copy = *ours] { EXPECT_EQ(std::string(copy.message()).size(), 37u); });
    EXPECT_EQ(std::string(ours->message()).size(), 37u);
    ours.reset();
    other.join();
  }
}

}  // namespace
}  // namespace shoal
