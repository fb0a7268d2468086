// A small valid job as text, and its ways into tests.
#ifndef SHOAL_TESTS_COMMON_CONFIG_TEST_JOB_H_
#define SHOAL_TESTS_COMMON_CONFIG_TEST_JOB_H_

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "common/config/diagnostic.h"
#include "common/config/override_job.h"
#include "common/config/parse_job.h"
#include "common/config/validate_job.h"

namespace shoal {

constexpr char kTestJob[] = R"(data {
  train { path: "train.tsv" }
  columns { name: "user_id" position: 0 }
  columns { name: "item_id" position: 1 }
  columns { name: "rating" position: 2 type: NUMBER }
}
tables { name: "user" embedding_dim: 8 }
tables { name: "item" embedding_dim: 8 }
tables { name: "user_bias" embedding_dim: 1 }
tables { name: "item_bias" embedding_dim: 1 }
tables { name: "global_bias" embedding_dim: 1 }
model {
  matrix_factorization {
    user { column: "user_id" table: "user" }
    item { column: "item_id" table: "item" }
    target: "rating"
    user_bias_table: "user_bias"
    item_bias_table: "item_bias"
    global_bias_table: "global_bias"
  }
}
)";

// The test job with one piece of its text replaced.
inline std::string TestJobWith(absl::string_view piece, absl::string_view replacement) {
  return absl::StrReplaceAll(kTestJob, {{piece, replacement}});
}

inline std::vector<std::string> Format(const std::vector<Diagnostic>& problems) {
  std::vector<std::string> lines;
  for (const Diagnostic& problem : problems) lines.push_back(FormatDiagnostic(problem));
  return lines;
}

// What is wrong with a job file of this text, "job.textproto", under these overrides: one line a problem.
inline std::vector<std::string> ProblemsOf(absl::string_view text, const std::vector<std::string>& overrides = {}) {
  std::vector<Diagnostic> problems;
  ParsedJob parsed = ParseJob(text, "job.textproto", &problems);
  for (const std::string& text_of_override : overrides) {
    ApplyOverride(text_of_override, &parsed.job, &parsed.locations, &problems);
  }
  ValidateJob(parsed.job, parsed.locations, &problems);
  SortDiagnostics(&problems);
  return Format(problems);
}

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_CONFIG_TEST_JOB_H_
