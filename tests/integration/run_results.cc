#include "tests/integration/run_results.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {

using nlohmann::json;

json ReadSummary(const std::string& run) {
  json summary = json::parse(ReadText(run + "/summary.json"), nullptr, /*allow_exceptions=*/false);
  if (summary.is_object()) return summary;
  ADD_FAILURE() << run << "/summary.json is not a JSON object";
  return json::object();
}

std::vector<json> ReadMetrics(const std::string& run) {
  std::vector<json> lines;
  const std::string text = ReadText(run + "/metrics.jsonl");
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    lines.push_back(json::parse(line, nullptr, /*allow_exceptions=*/false));
    EXPECT_TRUE(lines.back().is_object()) << line;
  }
  return lines;
}

std::string WeightsDigest(const std::string& run) { return ReadSummary(run).value("weights_digest", ""); }

std::pair<std::string, std::string> Digests(const std::string& run) {
  return {WeightsDigest(run), ReadSummary(run).value("dense_digest", "")};
}

json EpochsWithoutTimes(const std::string& run) {
  json epochs = ReadSummary(run).value("epochs", json::array());
  for (json& epoch : epochs) epoch.erase("seconds");
  return epochs;
}

std::vector<json> MetricsWithoutTimes(const std::string& run) {
  std::vector<json> lines = ReadMetrics(run);
  for (json& line : lines) {
    line.erase("time");
    line.erase("examples_per_second");
  }
  return lines;
}

std::vector<uint64_t> CheckpointSteps(const std::string& run) {
  std::vector<uint64_t> steps;
  for (const auto& entry : std::filesystem::directory_iterator(run + "/checkpoints")) {
    const std::string name = entry.path().filename().string();
    uint64_t step = 0;
    if (absl::SimpleAtoi(absl::StripPrefix(name, "step-"), &step)) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::string CheckpointDirectory(const std::string& run, uint64_t step) {
  return absl::StrCat(run, "/checkpoints/step-", step);
}

void CopyRunUpTo(uint64_t step, const std::string& run, const std::string& copy) {
  std::filesystem::copy(run, copy, std::filesystem::copy_options::recursive);
  for (const uint64_t other : CheckpointSteps(copy)) {
    if (other != step) std::filesystem::remove_all(CheckpointDirectory(copy, other));
  }
}

std::map<std::string, std::string> ReadTree(const std::string& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) contents[entry.path().string()] = ReadText(entry.path().string());
  }
  return contents;
}

}  // namespace shoal
