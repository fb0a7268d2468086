#include "common/checkpoint/tensor_list.h"

#include <cstring>
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"

namespace shoal {
namespace {

TEST(TensorListTest, TheHeaderListsTheTensorsOneBehindTheOther) {
  TensorList tensors;
  EXPECT_EQ(tensors.Add("a", TensorType::kUint64, {3}), 0u);
  EXPECT_EQ(tensors.Add("b/c", TensorType::kFloat32, {2, 5}), 24u);
  EXPECT_EQ(tensors.Add("d", TensorType::kFloat32, {}), 64u);
  const std::string header = tensors.Header();
  const std::string json = R"({"a":{"dtype":"U64","shape":[3],"data_offsets":[0,24]},)"
                           R"("b/c":{"dtype":"F32","shape":[2,5],"data_offsets":[24,64]},)"
                           R"("d":{"dtype":"F32","shape":[],"data_offsets":[64,68]}})";
  uint64_t length = 0;
  std::memcpy(&length, header.data(), sizeof(length));
  EXPECT_EQ(length, header.size() - 8);
  EXPECT_EQ(header.size() % 64, 0u);
  EXPECT_EQ(header.substr(8, json.size()), json);
  EXPECT_EQ(header.find_first_not_of(' ', 8 + json.size()), std::string::npos);
  EXPECT_EQ(*tensors.FileBytes(header.size()), header.size() + 68);
}

TEST(TensorListTest, FilesThatAreTooLargeAreRefusedWithoutOverflow) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{kHuge}, {kHuge, kHuge}, {int64_t{1} << 62, int64_t{1} << 62, 1 << 2}}) {
    TensorList tensors;
    tensors.Add("a", TensorType::kFloat32, shape);
    EXPECT_EQ(tensors.FileBytes(64).status().code(), absl::StatusCode::kInvalidArgument);
  }
  TensorList fits;
  fits.Add("a", TensorType::kFloat32, {kHuge / 4 - 16});
  EXPECT_TRUE(fits.FileBytes(64).ok());
}

TEST(TensorListTest, FieldNamesAreLowerCaseLettersDigitsAndUnderscores) {
  for (const char* name : {"a", "exp_avg", "m2"}) EXPECT_TRUE(IsFieldName(name)) << name;
  for (const char* name : {"", "2m", "_a", "A", "a.b", "a/b", "a\"", "\xc3\xa4"})
    EXPECT_FALSE(IsFieldName(name)) << name;
}

TEST(TensorListTest, AnotherHeaderIsDataLoss) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/c").ok());
  ASSERT_TRUE(WriteFile(files, "/c/f", "header and data").ok());
  const auto file = files.OpenFile("/c/f");
  EXPECT_TRUE(CheckHeader(**file, "/c/f", "header").ok());
  EXPECT_EQ(CheckHeader(**file, "/c/f", "HEADER").code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(CheckHeader(**file, "/c/f", std::string(100, 'h')).ok()) << "longer than the file";
}

}  // namespace
}  // namespace shoal
