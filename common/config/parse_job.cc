#include "common/config/parse_job.h"

#include "common/config/text_reader.h"

namespace shoal {

ParsedJob ParseJob(absl::string_view text, const std::string& file, std::vector<Diagnostic>* problems) {
  const SourceLocation start{file, 1, 1};
  ParsedJob parsed{JobConfig(), FieldLocations(start)};
  TextReader(text, start, &parsed.locations, problems).ReadMessage("", &parsed.job);
  return parsed;
}

}  // namespace shoal
