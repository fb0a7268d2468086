#include "common/config/load_job.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/config/override_job.h"
#include "common/config/parse_job.h"
#include "common/config/validate_job.h"

namespace shoal {
namespace {

// No job is near this; a data file given by mistake may well be.
constexpr size_t kMaxJobFileBytes = 16 << 20;

absl::StatusOr<std::string> ReadJobFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open the job file ", path));
  std::string text;
  std::array<char, 65536> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    text.append(buffer.data(), size);
    if (text.size() > kMaxJobFileBytes) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is no job file: it has more than 16 MiB"));
    }
  }
  if (std::ferror(file.get()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read the job file ", path));
  }
  return text;
}

}  // namespace

absl::StatusOr<JobConfig> LoadJob(const std::string& path, const std::vector<std::string>& overrides,
                                  EnvironmentLookup environment, std::vector<Diagnostic>* problems) {
  problems->clear();
  SHOAL_ASSIGN_OR_RETURN(const std::string text, ReadJobFile(path));
  ParsedJob parsed = ParseJob(text, path, problems);
  for (const std::string& override_text : overrides) {
    ApplyOverride(override_text, &parsed.job, &parsed.locations, problems);
  }
  ValidateJob(parsed.job, parsed.locations, problems);
  std::error_code error;
  const std::string directory = std::filesystem::current_path(error).string();
  if (error) return absl::InternalError(absl::StrCat("cannot find the current folder: ", error.message()));
  ExpandPaths(environment, directory, &parsed.job, parsed.locations, problems);
  SortDiagnostics(problems);
  if (!problems->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", Counted(problems->size(), "problem"), " with the job"));
  }
  return std::move(parsed.job);
}

}  // namespace shoal
