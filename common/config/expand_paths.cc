#include "common/config/expand_paths.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace shoal {
namespace {

bool IsVariableName(absl::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

std::string UnsetMessage(const std::string& variable) {
  const std::string unset = absl::StrCat("environment variable ", variable, " is not set");
  if (variable != "SHOAL_DATA_DIR") return absl::StrCat(unset, "; set it, or write the path without it");
  return absl::StrCat(
      unset, "; set it to the folder that holds the data sets, or run deploy/fetch_data.sh and set it to data/");
}

void ExpandPath(EnvironmentLookup environment, const std::string& directory, const std::string& field,
                const FieldLocations& locations, std::string* path, std::vector<Diagnostic>* problems) {
  const size_t problems_before = problems->size();
  const auto problem = [&](std::string message) {
    problems->push_back({locations.Find(field), field, std::move(message)});
  };
  std::string expanded;
  absl::string_view rest = *path;
  while (true) {
    const size_t start = rest.find("${");
    absl::StrAppend(&expanded, rest.substr(0, start));
    if (start == absl::string_view::npos) break;
    const size_t end = rest.find('}', start);
    const std::string variable(rest.substr(start + 2, end == absl::string_view::npos ? end : end - start - 2));
    if (end == absl::string_view::npos || !IsVariableName(variable)) {
      problem(absl::StrCat("'${' must be followed by the name of an environment variable and '}', is ", *path));
      break;
    }
    const absl::optional<std::string> value = environment(variable);
    if (!value.has_value() || value->empty()) problem(UnsetMessage(variable));
    absl::StrAppend(&expanded, value.value_or(""));
    rest.remove_prefix(end + 1);
  }
  if (problems->size() != problems_before || expanded.empty()) return;
  // An absolute path stands for itself.
  *path = (std::filesystem::path(directory) / expanded).lexically_normal().string();
}

void ExpandSource(EnvironmentLookup environment, const std::string& directory, const std::string& field,
                  const FieldLocations& locations, DataSource* source, std::vector<Diagnostic>* problems) {
  if (source->has_path()) {
    ExpandPath(environment, directory, JoinPath(field, "path"), locations, source->mutable_path(), problems);
  }
  if (source->has_labels_path()) {
    ExpandPath(environment, directory, JoinPath(field, "labels_path"), locations, source->mutable_labels_path(),
               problems);
  }
}

}  // namespace

void ExpandPaths(EnvironmentLookup environment, const std::string& directory, JobConfig* job,
                 const FieldLocations& locations, std::vector<Diagnostic>* problems) {
  DataConfig* data = job->mutable_data();
  if (data->has_train()) ExpandSource(environment, directory, "data.train", locations, data->mutable_train(), problems);
  if (data->has_validation()) {
    ExpandSource(environment, directory, "data.validation", locations, data->mutable_validation(), problems);
  }
  for (int i = 0; i < data->columns_size(); ++i) {
    if (!data->columns(i).text().sentencepiece().has_model()) continue;
    ExpandPath(environment, directory, JoinPath(ElementPath("data.columns", i), "text.sentencepiece.model"), locations,
               data->mutable_columns(i)->mutable_text()->mutable_sentencepiece()->mutable_model(), problems);
  }
  for (int i = 0; i < job->tables_size(); ++i) {
    if (!job->tables(i).pretrained().has_path()) continue;
    ExpandPath(environment, directory, JoinPath(ElementPath("tables", i), "pretrained.path"), locations,
               job->mutable_tables(i)->mutable_pretrained()->mutable_path(), problems);
  }
}

}  // namespace shoal
