// Examples in memory, by column.
//
// Thread safety: immutable once built.
#ifndef SHOAL_COMMON_DATA_DATASET_H_
#define SHOAL_COMMON_DATA_DATASET_H_

#include <cstdint>
#include <string>
#include <vector>

namespace shoal {

struct IdColumn {
  std::string name;
  std::vector<uint64_t> ids;  // One row id an example.
};

struct NumberColumn {
  std::string name;
  std::vector<float> values;  // One value an example.
};

// All columns have the same length.
struct Dataset {
  std::vector<IdColumn> id_columns;
  std::vector<NumberColumn> number_columns;
  int64_t num_examples = 0;

  // Position of the named column, or -1.
  int FindIdColumn(const std::string& name) const;
  int FindNumberColumn(const std::string& name) const;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_DATASET_H_
