// Jobs of the end-to-end tests, and the commands that train them.
#ifndef SHOAL_TESTS_INTEGRATION_TRAINING_JOBS_H_
#define SHOAL_TESTS_INTEGRATION_TRAINING_JOBS_H_

#include <string>
#include <vector>

#include "tests/integration/run_shoal.h"

namespace shoal {

// A job file that takes milliseconds and no short cut: two epochs of 38 steps, the last of each smaller, with biases,
// Adam with decoupled weight decay, dense-equivalent rows and a one-cycle schedule.
extern const char kSmallJob[];
inline constexpr int kSmallJobStepsPerEpoch = 38;
inline constexpr int kSmallJobSteps = 2 * kSmallJobStepsPerEpoch;

// How many processes train. No servers: embedded.
struct Cluster {
  int servers = 0;
  int workers = 1;
  std::string transport = "UNIX";
};
// "3 servers, 2 workers, UNIX"; for messages.
std::string ToString(const Cluster& cluster);

// Arguments of `shoal`: train `job_file` into `output`, each of `set` overriding a field.
std::vector<std::string> TrainCommand(const std::string& job_file, const std::string& output, const Cluster& cluster,
                                      const std::vector<std::string>& set = {});

// Trains to the end, in a folder of its own in the workspace, which is returned. A failure fails the test.
std::string Train(ShoalWorkspace& workspace, const std::string& job_file, const Cluster& cluster,
                  const std::vector<std::string>& set = {});

// Whether SHOAL_DATA_DIR, by default data/, has the file; job files then find it in the environment.
bool FindData(const std::string& file);
inline constexpr char kMovieLens[] = "ml-100k/u.data";
// Why a test is skipped that needs the file.
std::string NoData(const std::string& file);
// Of a job file in examples/.
std::string ExampleJob(const std::string& name);
// Of a file in tests/reference/.
std::string ReferencePath(const std::string& name);

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_TRAINING_JOBS_H_
