// A small table as `shoal export` writes it.
#ifndef SHOAL_TESTS_FUZZ_EXPORTED_TABLE_H_
#define SHOAL_TESTS_FUZZ_EXPORTED_TABLE_H_

#include <memory>
#include <string>

#include "launcher/commands/export_format.h"
#include "tests/fuzz/random_values.h"

namespace shoal {

inline std::string ExportedTable(absl::string_view format_name, std::mt19937_64* random) {
  const int64_t rows = static_cast<int64_t>((*random)() % 4);
  const int dim = 1 + static_cast<int>((*random)() % 4);
  const std::unique_ptr<ExportFormat> format = CreateExportFormat(format_name, "items", rows, dim).value();
  std::string bytes = format->Header();
  for (int64_t row = 0; row < rows; ++row) format->AppendRow(RandomWord(random), RandomFloats(dim, random), &bytes);
  return bytes;
}

}  // namespace shoal

#endif  // SHOAL_TESTS_FUZZ_EXPORTED_TABLE_H_
