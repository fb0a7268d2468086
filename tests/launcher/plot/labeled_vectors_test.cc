#include "launcher/plot/labeled_vectors.h"

#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/data/test_files.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LabeledVectorsTest : public ::testing::Test {
 protected:
  std::string Problem(const std::string& path) {
    const absl::StatusOr<Vectors> vectors = ReadVectors(path);
    EXPECT_EQ(vectors.status().code(), absl::StatusCode::kInvalidArgument) << vectors.status();
    return std::string(vectors.status().message());
  }

  TestFiles files_;
};

TEST_F(LabeledVectorsTest, ReadsNumPy) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  header.resize(117, ' ');
  const float values[] = {1, 2, 3, 4, 5, 6.5F};
  std::string bytes(sizeof(values), '\0');
  std::memcpy(bytes.data(), values, sizeof(values));
  const std::string path = files_.Write("x.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + bytes);
  const absl::StatusOr<Vectors> vectors = ReadVectors(path);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  EXPECT_EQ(vectors->dim, 3);
  EXPECT_THAT(vectors->values, ElementsAre(1, 2, 3, 4, 5, 6.5F));
}

TEST_F(LabeledVectorsTest, ReadsNumbersBetweenTabs) {
  const absl::StatusOr<Vectors> vectors = ReadVectors(files_.Write("x.tsv", "1\t-2.5\n3e-7\t4\n"));
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  EXPECT_EQ(vectors->dim, 2);
  EXPECT_THAT(vectors->values, ElementsAre(1, -2.5F, 3e-7F, 4));
}

TEST_F(LabeledVectorsTest, ErrorsNameTheLine) {
  EXPECT_THAT(Problem(files_.Write("a.tsv", "1\t2\n3\n")), HasSubstr("a.tsv:2 has 1 number, the first line has 2"));
  EXPECT_THAT(Problem(files_.Write("b.tsv", "1\tx\n")), HasSubstr("b.tsv:1: 'x' is not a finite number"));
  EXPECT_THAT(Problem(files_.Write("c.tsv", "1\tinf\n")), HasSubstr("c.tsv:1: 'inf' is not"));
  EXPECT_THAT(Problem("d.txt"), HasSubstr(".npy or .tsv"));
}

TEST_F(LabeledVectorsTest, LabelsStandOneALine) {
  const auto labels = ReadLabels(files_.Write("x.labels.tsv", "ham\n\nspam\n"));
  ASSERT_TRUE(labels.ok()) << labels.status();
  EXPECT_THAT(*labels, ElementsAre("ham", "", "spam"));
}

}  // namespace
}  // namespace shoal
