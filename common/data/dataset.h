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

// The ids of example i are ids[offsets[i]] up to ids[offsets[i + 1]].
struct BagColumn {
  std::string name;
  std::vector<uint64_t> ids;
  std::vector<int64_t> offsets;     // One an example, and the end.
  std::vector<float> weights = {};  // One an id; empty: the ids have none.
};

struct LabelColumn {
  std::string name;
  std::vector<int64_t> labels;  // One an example, below num_classes.
  int64_t num_classes = 0;
};

struct ImageColumn {
  std::string name;
  int height = 0;
  int width = 0;
  std::vector<uint8_t> pixels;  // [examples, height, width].
};

// What people know the examples by: where their records stand, and the texts of their ids.
struct ExampleNames {
  std::string unit;                                // Of places, as RecordPlace's.
  std::vector<int64_t> places;                     // One an example, counted from 1.
  std::vector<std::vector<std::string>> id_texts;  // By id column, one an example.
};

// Training has no use for them.
enum class KeepNames { kNo, kYes };

// All columns have the same length.
struct Dataset {
  std::vector<IdColumn> id_columns;
  std::vector<NumberColumn> number_columns;
  std::vector<BagColumn> bag_columns;
  std::vector<LabelColumn> label_columns;
  std::vector<ImageColumn> image_columns;
  int64_t num_examples = 0;
  ExampleNames names;  // Empty where they are not asked for.

  // Position of the named column, or -1.
  int FindIdColumn(const std::string& name) const;
  int FindNumberColumn(const std::string& name) const;
  int FindBagColumn(const std::string& name) const;
  int FindLabelColumn(const std::string& name) const;
  int FindImageColumn(const std::string& name) const;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_DATASET_H_
