// What a run has left in its folder (docs/launcher.md).
#ifndef SHOAL_TESTS_INTEGRATION_RUN_RESULTS_H_
#define SHOAL_TESTS_INTEGRATION_RUN_RESULTS_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace shoal {

// Empty where there is none; then the test fails.
nlohmann::json ReadSummary(const std::string& run);
// The lines of metrics.jsonl.
std::vector<nlohmann::json> ReadMetrics(const std::string& run);
// Of the summary.
std::string WeightsDigest(const std::string& run);
// weights_digest and dense_digest; the latter is empty where there are no dense parameters.
std::pair<std::string, std::string> Digests(const std::string& run);

// The same without what clocks say: `seconds`, `time` and speeds. What remains is a function of the job.
nlohmann::json EpochsWithoutTimes(const std::string& run);
std::vector<nlohmann::json> MetricsWithoutTimes(const std::string& run);

// Steps of the complete checkpoints, in order.
std::vector<uint64_t> CheckpointSteps(const std::string& run);
std::string CheckpointDirectory(const std::string& run, uint64_t step);
// Copies the run with this one of its checkpoints: what is left of a run that was killed right after it.
void CopyRunUpTo(uint64_t step, const std::string& run, const std::string& copy);

// Contents by path, of all files below.
std::map<std::string, std::string> ReadTree(const std::string& directory);

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_RUN_RESULTS_H_
