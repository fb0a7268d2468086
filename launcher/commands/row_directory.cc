#include "launcher/commands/row_directory.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/config/name_hint.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

void AppendQuoted(std::string* text, const std::string& word) { *text += QuoteText(word); }

}  // namespace

RowDirectory::RowDirectory(std::string table, int64_t num_rows, std::vector<std::string> keys,
                           absl::flat_hash_map<std::string, std::string> names)
    : table_(std::move(table)), num_rows_(num_rows), keys_(std::move(keys)), names_(std::move(names)) {}

std::string RowDirectory::KeyOf(uint64_t id) const { return id < keys_.size() ? keys_[id] : absl::StrCat(id); }

absl::string_view RowDirectory::NameOf(uint64_t id) const {
  const auto it = names_.find(KeyOf(id));
  return it == names_.end() ? absl::string_view() : it->second;
}

std::string RowDirectory::Describe(uint64_t id) const {
  const std::string where =
      has_keys() ? absl::StrCat("key ", QuoteText(KeyOf(id)), ", id ", id) : absl::StrCat("id ", id);
  const absl::string_view name = NameOf(id);
  return name.empty() ? where : absl::StrCat(QuoteText(name), " (", where, ")");
}

absl::StatusOr<uint64_t> RowDirectory::Find(absl::string_view key_or_name) const {
  const auto key = absl::c_find(keys_, key_or_name);
  if (key != keys_.end()) return key - keys_.begin();
  uint64_t id;
  if (!has_keys() && absl::SimpleAtoi(key_or_name, &id) && id < static_cast<uint64_t>(num_rows_)) return id;
  std::vector<uint64_t> named;
  for (id = 0; !names_.empty() && id < static_cast<uint64_t>(num_rows_); ++id) {
    if (NameOf(id) == key_or_name) named.push_back(id);
  }
  if (named.empty()) return absl::NotFoundError(NotFoundMessage(key_or_name));
  if (named.size() == 1) return named[0];
  return absl::InvalidArgumentError(absl::StrCat(named.size(), " rows of table ", table_, " have the name ",
                                                 QuoteText(key_or_name), ", those with the ids ",
                                                 absl::StrJoin(named, ", "), "; choose one with --id"));
}

std::string RowDirectory::NotFoundMessage(absl::string_view key_or_name) const {
  std::string message = absl::StrCat("table ", table_, " has no row with the key ", has_names() ? "or name " : "",
                                     QuoteText(key_or_name));
  if (!has_keys() && !has_names()) {
    return absl::StrCat(message, ": it has no vocabulary, its keys are the ids 0 to ", num_rows_ - 1);
  }
  std::vector<std::string> known = keys_;
  for (const auto& [key, name] : names_) known.push_back(name);
  std::sort(known.begin() + static_cast<int64_t>(keys_.size()), known.end());
  // A few that contain it, or else the one that it may be a misspelling of.
  constexpr size_t kShown = 5;
  std::vector<std::string> near;
  const std::string wanted = absl::AsciiStrToLower(key_or_name);
  for (auto it = known.begin(); it != known.end() && near.size() < kShown; ++it) {
    if (absl::StrContains(absl::AsciiStrToLower(*it), wanted)) near.push_back(*it);
  }
  if (near.empty()) near.push_back(NearestName(key_or_name, known));
  if (near[0].empty()) return message;
  return absl::StrCat(message, "; did you mean ", absl::StrJoin(near, " or ", AppendQuoted), "?");
}

}  // namespace shoal
