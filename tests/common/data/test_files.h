// Files of a test, in a folder that goes with them.
#ifndef SHOAL_TESTS_COMMON_DATA_TEST_FILES_H_
#define SHOAL_TESTS_COMMON_DATA_TEST_FILES_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace shoal {

class TestFiles {
 public:
  TestFiles() : directory_(testing::TempDir() + "/shoal_data_XXXXXX") {
    EXPECT_NE(mkdtemp(directory_.data()), nullptr) << directory_;
  }
  ~TestFiles() { std::filesystem::remove_all(directory_); }
  TestFiles(const TestFiles&) = delete;
  TestFiles& operator=(const TestFiles&) = delete;

  const std::string& directory() const { return directory_; }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  // Returns the path.
  std::string Write(const std::string& name, absl::string_view contents) const {
    std::ofstream file(Path(name), std::ios::binary);
    file << contents;
    EXPECT_TRUE(file.flush()) << Path(name);
    return Path(name);
  }

 private:
  std::string directory_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_DATA_TEST_FILES_H_
