// The real `shoal`, started as a user starts it, in a folder that goes with the test.
#ifndef SHOAL_TESTS_INTEGRATION_RUN_SHOAL_H_
#define SHOAL_TESTS_INTEGRATION_RUN_SHOAL_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "launcher/process.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {

struct ShoalResult {
  // As a shell has it: 128 + n after signal n.
  int exit_code = -1;
  // Standard output and standard error, in the order of writing.
  std::string output;
};

// A `shoal` that may still run; it is killed when the object goes.
class RunningShoal {
 public:
  explicit RunningShoal(std::unique_ptr<Process> process, std::string output_path)
      : process_(std::move(process)), output_path_(std::move(output_path)) {}

  pid_t pid() const { return process_->pid(); }
  void Signal(int signal) { process_->Signal(signal); }
  // Waits for its end.
  ShoalResult Wait();
  // Waits until the run in `directory`, which existed when `shoal` was started, has logged an interval that ends with
  // `step` or a later one. False: `shoal` ended before.
  bool WaitForTraining(const std::string& directory, uint64_t step = 1);

 private:
  bool HasEnded() const;

  std::unique_ptr<Process> process_;
  std::string output_path_;
};

// A folder for job files and runs. Commands that are started here have their temporary files in it, too.
class ShoalWorkspace {
 public:
  ShoalWorkspace();
  ShoalWorkspace(const ShoalWorkspace&) = delete;
  ShoalWorkspace& operator=(const ShoalWorkspace&) = delete;
  ~ShoalWorkspace();

  // Absolute path of a file or folder here.
  std::string operator/(const std::string& name) const { return directory_ / name; }
  // Of a file or folder that no other command has: "run-3".
  std::string NewPath(const std::string& kind) { return *this / (kind + "-" + std::to_string(++paths_)); }
  // Returns the path.
  std::string WriteFile(const std::string& name, const std::string& contents) const;

  RunningShoal Start(const std::vector<std::string>& arguments);
  // Starts and waits.
  ShoalResult Run(const std::vector<std::string>& arguments);

 private:
  TestDirectory directory_;
  std::string earlier_tmpdir_;
  int paths_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_RUN_SHOAL_H_
