#include "common/data/id_list.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/config/find_column.h"
#include "common/data/parse_number.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

// Of an id without one.
constexpr float kPlainWeight = 1;

// Takes the weight off the end of `id`. The last separator counts: string ids may have others.
absl::StatusOr<float> TakeWeight(absl::string_view* id, const std::string& separator) {
  const size_t at = id->rfind(separator);
  if (at == absl::string_view::npos) return kPlainWeight;
  const absl::StatusOr<float> weight = ParseNumber(id->substr(at + separator.size()));
  *id = id->substr(0, at);
  if (weight.ok()) return weight;
  return absl::InvalidArgumentError(absl::StrCat("weight of id ", QuoteText(*id), ": ", weight.status().message()));
}

absl::Status CheckSize(const IdList& list, const IdListConfig& config) {
  const auto found = static_cast<int64_t>(list.ids.size());
  const int64_t expected = ShapeSize(config);
  if (expected == 0 || found == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the list has ", found, " ids, expected ", expected, " for shape [",
                                                 absl::StrJoin(config.shape(), ", "), "]"));
}

}  // namespace

ColumnConfig::Type IdTypeOf(const IdListConfig& config) {
  return config.ids() == IdListConfig::STRING_ID ? ColumnConfig::STRING_ID : ColumnConfig::INTEGER_ID;
}

absl::Status ReadIdList(absl::string_view field, const IdListConfig& config, const IdSpace& space, IdList* list) {
  list->ids.clear();
  list->weights.clear();
  if (field.empty()) return CheckSize(*list, config);
  for (absl::string_view id : absl::StrSplit(field, config.separator())) {
    if (config.has_weight_separator()) {
      SHOAL_ASSIGN_OR_RETURN(const float weight, TakeWeight(&id, config.weight_separator()));
      list->weights.push_back(weight);
    }
    SHOAL_ASSIGN_OR_RETURN(const IdSpace::Lookup lookup, space.Find(id, IdTypeOf(config)));
    list->ids.push_back(lookup);
  }
  return CheckSize(*list, config);
}

}  // namespace shoal
