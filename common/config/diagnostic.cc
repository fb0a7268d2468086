#include "common/config/diagnostic.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace shoal {

std::string FormatLocation(const SourceLocation& location) {
  if (location.line == 0) return location.source;
  return absl::StrCat(location.source, ":", location.line);
}

std::string FormatDiagnostic(const Diagnostic& diagnostic) {
  return absl::StrCat(FormatLocation(diagnostic.location), ": ", diagnostic.field, diagnostic.field.empty() ? "" : ": ",
                      diagnostic.message);
}

void SortDiagnostics(std::vector<Diagnostic>* diagnostics) {
  const auto place = [](const Diagnostic& diagnostic) {
    const SourceLocation& location = diagnostic.location;
    return std::make_tuple(location.line == 0, location.line, location.column);
  };
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
}

}  // namespace shoal
