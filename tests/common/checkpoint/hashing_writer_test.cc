#include "common/checkpoint/hashing_writer.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"

namespace shoal {
namespace {

TEST(HashingWriterTest, SectionsAndTheWholeHaveTheirHashes) {
  MemoryFileSystem files;
  auto writer = HashingWriter::Create(files, "/new/folder/f");
  ASSERT_TRUE(writer.ok()) << writer.status();
  const std::string large(9 << 20, 'x');  // More than the buffer.
  writer->Append("one", 3);
  EXPECT_EQ(*writer->EndSection(), HashToHex(Hash128("one")));
  writer->Append("t", 1);
  writer->Append(large.data(), large.size());
  EXPECT_EQ(*writer->EndSection(), HashToHex(Hash128("t" + large)));
  EXPECT_EQ(writer->bytes(), 4 + large.size());
  EXPECT_EQ(*writer->Finish(), HashToHex(Hash128("onet" + large)));
  EXPECT_TRUE(*ReadFile(files, "/new/folder/f", 1 << 30) == "onet" + large);
}

TEST(HashingWriterTest, TheFirstErrorSticks) {
  MemoryFileSystem files;
  auto writer = HashingWriter::Create(files, "/f");
  ASSERT_TRUE(writer.ok()) << writer.status();
  files.SetCapacity(2);
  writer->Append("one", 3);
  EXPECT_EQ(writer->EndSection().status().code(), absl::StatusCode::kResourceExhausted);
  files.SetCapacity(1000);
  writer->Append("two", 3);
  EXPECT_EQ(writer->EndSection().status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace shoal
