#include "common/data/delimited_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

// Of a header in an error; a file without line feeds is one line.
constexpr size_t kMaxHeaderBytes = 200;

}  // namespace

DelimitedReader::DelimitedReader(std::unique_ptr<LineReader> lines, const RecordFormat& format)
    : lines_(std::move(lines)),
      delimiter_(format.delimiter),
      delimiter_field_(format.delimiter_field),
      quotes_(format.delimiter == ",") {}

absl::StatusOr<std::unique_ptr<DelimitedReader>> DelimitedReader::Create(std::unique_ptr<LineReader> lines,
                                                                         const RecordFormat& format,
                                                                         const std::vector<ColumnConfig>& columns) {
  std::unique_ptr<DelimitedReader> reader(new DelimitedReader(std::move(lines), format));
  SHOAL_RETURN_IF_ERROR(reader->FindColumns(format, columns));
  return reader;
}

absl::Status DelimitedReader::FindColumns(const RecordFormat& format, const std::vector<ColumnConfig>& columns) {
  if (format.header) {
    SHOAL_ASSIGN_OR_RETURN(const bool has_header, lines_->Next());
    if (!has_header) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", lines_->name(), "' is empty; its first line should be a header"));
    }
    const absl::Status split = Split(std::numeric_limits<size_t>::max());
    if (!split.ok()) return absl::InvalidArgumentError(absl::StrCat(Location(), ": header: ", split.message()));
  }
  for (const ColumnConfig& column : columns) {
    names_.push_back(column.name());
    if (column.has_position()) {
      positions_.push_back(static_cast<size_t>(column.position()));
    } else {
      const std::string& title = column.has_header() ? column.header() : column.name();
      const auto found = std::find(split_.begin(), split_.end(), title);
      if (found == split_.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat(Location(), ": the header has no column '", title,
                         "'; it has: ", QuoteText(absl::StrJoin(split_, ", "), kMaxHeaderBytes), DelimiterHint()));
      }
      if (std::find(found + 1, split_.end(), title) != split_.end()) {
        return absl::InvalidArgumentError(absl::StrCat(Location(), ": the header names '", title, "' twice"));
      }
      positions_.push_back(static_cast<size_t>(found - split_.begin()));
    }
    fields_needed_ = std::max(fields_needed_, positions_.back() + 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> DelimitedReader::Next() {
  do {
    SHOAL_ASSIGN_OR_RETURN(const bool more, lines_->Next());
    if (!more) return false;
  } while (lines_->line().empty());
  return true;
}

absl::Status DelimitedReader::TakeQuoted(size_t* begin) {
  const absl::string_view line = lines_->line();
  const size_t first = *begin + 1;
  size_t end = first;
  bool doubled = false;
  while (true) {
    end = line.find('"', end);
    if (end == line.npos) {
      return absl::InvalidArgumentError(absl::StrCat("field ", split_.size() + 1, " has no closing quote"));
    }
    if (end + 1 == line.size() || line[end + 1] != '"') break;
    doubled = true;
    end += 2;
  }
  absl::string_view field = line.substr(first, end - first);
  if (doubled) {
    unquoted_.push_back(std::make_unique<std::string>(absl::StrReplaceAll(field, {{"\"\"", "\""}})));
    field = *unquoted_.back();
  }
  split_.push_back(field);
  *begin = end + 1;
  return absl::OkStatus();
}

absl::Status DelimitedReader::Split(size_t limit) {
  const absl::string_view line = lines_->line();
  split_.clear();
  unquoted_.clear();
  size_t begin = 0;
  while (split_.size() < limit) {
    if (quotes_ && begin < line.size() && line[begin] == '"') {
      SHOAL_RETURN_IF_ERROR(TakeQuoted(&begin));
      if (begin == line.size()) break;
      if (!absl::StartsWith(line.substr(begin), delimiter_)) {
        return absl::InvalidArgumentError(absl::StrCat("field ", split_.size(), " goes on behind its closing quote"));
      }
    } else {
      const size_t end = std::min(line.find(delimiter_, begin), line.size());
      split_.push_back(line.substr(begin, end - begin));
      if (end == line.size()) break;
      begin = end;
    }
    begin += delimiter_.size();
  }
  return absl::OkStatus();
}

std::string DelimitedReader::DelimiterHint() const {
  if (split_.size() != 1 || delimiter_field_.empty()) return "";
  return absl::StrCat(", split at ", QuoteText(delimiter_), "; is ", delimiter_field_, " right?");
}

absl::Status DelimitedReader::GetFields(std::vector<absl::string_view>* fields) {
  SHOAL_RETURN_IF_ERROR(Split(fields_needed_));
  fields->clear();
  for (size_t i = 0; i < positions_.size(); ++i) {
    if (positions_[i] >= split_.size()) {
      return absl::InvalidArgumentError(absl::StrCat("column ", names_[i], ": field ", positions_[i] + 1,
                                                     " is missing; the line has ", Counted(split_.size(), "field"),
                                                     DelimiterHint()));
    }
    fields->push_back(split_[positions_[i]]);
  }
  return absl::OkStatus();
}

}  // namespace shoal
