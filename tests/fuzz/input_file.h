// An input as a file in memory, for what opens files by path. Linux alone has such files.
#ifndef SHOAL_TESTS_FUZZ_INPUT_FILE_H_
#define SHOAL_TESTS_FUZZ_INPUT_FILE_H_

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {

class InputFile {
 public:
  explicit InputFile(absl::string_view input) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    const ssize_t written = write(descriptor_, input.data(), input.size());
    Require(written == static_cast<ssize_t>(input.size()), "cannot write a file in memory");
  }
  ~InputFile() { close(descriptor_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::string path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

 private:
  const int descriptor_;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_INPUT_FILE_H_
