// Job files.
#include <fstream>
#include <sstream>

#include "common/config/expand_paths.h"
#include "common/config/parse_job.h"
#include "common/config/validate_job.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/fuzz/fuzz_target.h"

namespace shoal {
namespace {

constexpr const char* kExamples[] = {
    "ml-100k", "ml-100k-bpr", "mnist-classification", "mnist-contrastive", "mnist-triplet", "sms-spam", "synthetic"};

absl::optional<std::string> Environment(const std::string& name) {
  if (name == "SHOAL_DATA_DIR") return "/data";
  return absl::nullopt;
}

// The same steps as LoadJob.
JobConfig Load(absl::string_view text, std::vector<Diagnostic>* problems) {
  ParsedJob parsed = ParseJob(text, "job.textproto", problems);
  ValidateJob(parsed.job, parsed.locations, problems);
  ExpandPaths(Environment, "/here", &parsed.job, parsed.locations, problems);
  SortDiagnostics(problems);
  return parsed.job;
}

}  // namespace

// The examples are valid as a whole.
std::string ValidInput(std::mt19937_64* random) {
  const std::string name = kExamples[(*random)() % std::size(kExamples)];
  std::stringstream text;
  text << std::ifstream(SHOAL_SOURCE_DIR "/examples/" + name + ".textproto").rdbuf();
  return text.str();
}

absl::Status ReadInput(absl::string_view input) {
  std::vector<Diagnostic> problems;
  const JobConfig job = Load(input, &problems);
  for (const Diagnostic& problem : problems) Require(!problem.message.empty(), "a problem without words");
  if (!problems.empty()) return absl::InvalidArgumentError(FormatDiagnostic(problems.front()));
  // A checkpoint holds it as text.
  std::string text;
  Require(google::protobuf::TextFormat::PrintToString(job, &text), "a valid job cannot be printed");
  const JobConfig again = Load(text, &problems);
  Require(problems.empty(), "a job that is written again is not valid");
  Require(google::protobuf::util::MessageDifferencer::Equals(again, job), "a job that is written again is another");
  return absl::OkStatus();
}

}  // namespace shoal
