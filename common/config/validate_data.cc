#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/config/data_columns.h"
#include "common/config/find_column.h"
#include "common/config/tower_inputs.h"
#include "common/config/validate_sections.h"
#include "common/text/text_tokenizer.h"

namespace shoal {
namespace {

void ValidateSynthetic(const SyntheticRatings& synthetic, const MessageCheck& check) {
  for (const char* name : {"num_users", "num_items", "num_ratings", "rank"}) check.AtLeast(name, 1);
  check.AtLeast("noise", 0);
  if (synthetic.high() <= synthetic.low()) {
    check.Problem("high", absl::StrCat("must be above low (", synthetic.low(), "), is ", synthetic.high()));
  }
}

void ValidateSource(const DataSource& source, const MessageCheck& check) {
  if (source.has_synthetic()) {
    ValidateSynthetic(source.synthetic(), check.Nested("synthetic"));
    if (source.has_path()) {
      check.Problem("synthetic", absl::StrCat("contradicts 'path' at ", check.Where("path"),
                                              "; ratings are read or made up, not both"));
    }
  } else if (!source.has_path() && !check.IsUnreadable("path") && !check.IsUnreadable("synthetic")) {
    check.Problem("path", "is required, unless 'synthetic' is given");
  } else if (source.has_path()) {
    check.Required("path");
  }
  const SourceLayout layout = LayoutOf(source, check.path(), check.locations());
  const std::string what = source.has_synthetic() ? "synthetic ratings" : DataSource::Format_Name(source.format());
  if (layout == SourceLayout::kRatings || layout == SourceLayout::kImages) {
    if (source.has_delimiter()) check.Problem("delimiter", absl::StrCat("is for DELIMITED files only, not for ", what));
    if (source.has_header()) check.Problem("header", absl::StrCat("is for DELIMITED files only, not for ", what));
  }
  if (layout == SourceLayout::kImages) {
    check.Required("labels_path");
  } else if (layout != SourceLayout::kUnknown && source.has_labels_path()) {
    check.Problem("labels_path", absl::StrCat("is for IDX files only, not for ", what));
  }
  if (source.delimiter().empty()) check.Problem("delimiter", "must have at least one character");
  if (absl::c_linear_search(source.delimiter(), '\n')) {
    check.Problem("delimiter", "must not contain a line feed, which ends a record");
  }
}

// How columns are found: by the header line's names, or by position.
void ValidateColumnPlace(const ColumnConfig& column, bool header, const MessageCheck& check) {
  if (column.has_header() && column.has_position()) {
    check.Problem("position", absl::StrCat("contradicts 'header' at ", check.Where("header")));
  } else if (header && column.has_position()) {
    check.Problem("position", "is for files without a header line; give the column's name in 'header'");
  } else if (!header && column.has_header()) {
    check.Problem("header", "is for files with a header line; set header: true in the source, or give 'position'");
  } else if (!header && !column.has_position() && !check.IsUnreadable("position")) {
    check.Problem("position", "is required for files without a header line");
  }
  check.AtLeast("position", 0);
}

bool IsFileNamePart(absl::string_view name) {
  return absl::c_all_of(name, [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.'; });
}

// Whether the column has the type that the field, which it has, is for.
bool CheckIsOfType(const ColumnConfig& column, const std::string& field, ColumnConfig::Type type,
                   const MessageCheck& check) {
  if (column.type() == type) return true;
  if (!check.IsUnreadable("type")) {
    check.Problem(field, absl::StrCat("is for columns of type ", ColumnConfig::Type_Name(type), " only, not for ",
                                      ColumnConfig::Type_Name(column.type())));
  }
  return false;
}

void ValidateIdList(const IdListConfig& list, const MessageCheck& check) {
  if (list.has_separator()) check.Required("separator");
  if (list.has_weight_separator() && check.Required("weight_separator") &&
      list.weight_separator() == list.separator()) {
    check.Problem("weight_separator",
                  absl::StrCat("must not be the separator of the ids, \"", absl::CEscape(list.separator()), "\""));
  }
  for (const int32_t dimension : list.shape()) {
    if (dimension >= 1) continue;
    check.Problem("shape", absl::StrCat("must be at least 1 in each dimension, is ", dimension));
    return;
  }
  if (ShapeSize(list) > kMaxTowerInputs) {
    check.Problem("shape", absl::StrCat("must be at most ", kMaxTowerInputs, " ids, is ", ShapeSize(list)));
  }
}

void ValidateColumnType(const ColumnConfig& column, const MessageCheck& check) {
  if (column.type() == ColumnConfig::LABEL && !IsFileNamePart(column.name())) {
    check.Problem("name",
                  absl::StrCat("must be letters, digits, '_', '-' and '.' for a LABEL, which is saved in a file "
                               "of that name, is \"",
                               absl::CEscape(column.name()), "\""));
  }
  if (column.has_id_list() && CheckIsOfType(column, "id_list", ColumnConfig::ID_LIST, check)) {
    ValidateIdList(column.id_list(), check.Nested("id_list"));
  }
  if (!column.has_text() || !CheckIsOfType(column, "text", ColumnConfig::TEXT, check)) return;
  const absl::Status status = CheckTextConfig(column.text());
  if (!status.ok()) check.Problem("text", std::string(status.message()));
  if (column.text().has_sentencepiece()) check.Nested("text").Nested("sentencepiece").Required("model");
}

void ValidateColumns(const DataConfig& data, bool header, const MessageCheck& check) {
  check.Required("columns");
  absl::flat_hash_map<std::string, std::string> first_places;
  for (int i = 0; i < data.columns_size(); ++i) {
    const MessageCheck column = check.Element("columns", i);
    ValidateColumnPlace(data.columns(i), header, column);
    ValidateColumnType(data.columns(i), column);
    if (!column.Required("name")) continue;
    const auto [first, added] = first_places.emplace(data.columns(i).name(), column.Where("name"));
    if (!added) {
      column.Problem("name", absl::StrCat("'", first->first, "' is also the name of the column at ", first->second));
    }
  }
}

void ValidateSplit(const DataConfig& data, const MessageCheck& check) {
  if (!data.has_random_split()) return;
  check.Nested("random_split").BetweenOpen("validation_fraction", 0, 1);
  if (data.has_validation()) {
    check.Problem("random_split", absl::StrCat("contradicts 'validation' at ", check.Where("validation"),
                                               "; validation examples come from one of them"));
  }
}

}  // namespace

void ValidateData(const DataConfig& data, const MessageCheck& check) {
  if (check.Required("train")) ValidateSource(data.train(), check.Nested("train"));
  if (data.has_validation()) ValidateSource(data.validation(), check.Nested("validation"));
  ValidateSplit(data, check);

  const std::vector<SourceLayout> layouts = LayoutsOf(data, check.locations());
  if (absl::c_linear_search(layouts, SourceLayout::kDelimited)) {
    const bool train_is_delimited =
        data.has_train() && LayoutOf(data.train(), "data.train", check.locations()) == SourceLayout::kDelimited;
    const bool header = train_is_delimited ? data.train().header() : data.validation().header();
    ValidateColumns(data, header, check);
    // The columns are the same for both sources, so they must be found in the same way.
    if (train_is_delimited && data.has_validation() && data.validation().header() != header &&
        LayoutOf(data.validation(), "data.validation", check.locations()) == SourceLayout::kDelimited) {
      check.Nested("validation").Problem("header", absl::StrCat("must be as data.train.header: ", header));
    }
  } else if (data.columns_size() > 0 && !absl::c_linear_search(layouts, SourceLayout::kUnknown)) {
    check.Problem("columns", "are for DELIMITED sources, and the job has none");
  }
}

}  // namespace shoal
