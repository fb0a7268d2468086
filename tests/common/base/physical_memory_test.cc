#include "common/base/physical_memory.h"

#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(PhysicalMemoryTest, IsWhatTheKernelSays) {
  std::ifstream file("/proc/meminfo");
  std::string name;
  int64_t kib = 0;
  ASSERT_TRUE(file >> name >> kib);
  ASSERT_EQ(name, "MemTotal:");
  EXPECT_EQ(PhysicalMemoryBytes(), kib * 1024);
}

}  // namespace
}  // namespace shoal
