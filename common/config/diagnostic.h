// One problem with a job: where it was written, which field it concerns, what is wrong and what to do about it.
#ifndef SHOAL_COMMON_CONFIG_DIAGNOSTIC_H_
#define SHOAL_COMMON_CONFIG_DIAGNOSTIC_H_

#include <string>
#include <vector>

namespace shoal {

struct SourceLocation {
  std::string source;  // The job file as the user named it, or a whole override: "--set training.epochs=0".
  int line = 0;        // From 1; 0 in an override, which has no lines.
  int column = 0;      // From 1; 0 in an override.
};

struct Diagnostic {
  SourceLocation location;
  std::string field;    // Path from the job: "tables[0].embedding_dim"; empty for the job itself.
  std::string message;  // Without a full stop: "must be at least 1, is 0".
};

// "job.textproto:12", or the override.
std::string FormatLocation(const SourceLocation& location);

// One line: "job.textproto:12: training.epochs: must be at least 1, is 0".
std::string FormatDiagnostic(const Diagnostic& diagnostic);

// Into the order of the file; problems of overrides come last, in their own order.
void SortDiagnostics(std::vector<Diagnostic>* diagnostics);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_DIAGNOSTIC_H_
