#include "common/base/byte_size.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace shoal {

std::string ByteSize(int64_t bytes) {
  constexpr int64_t kUnit = 1024;
  if (bytes < kUnit) return absl::StrCat(bytes, " B");
  double size = static_cast<double>(bytes) / kUnit;
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
  const char* const* unit = units;
  // 1023.96 KiB would be shown as 1024.0.
  while (size >= kUnit - 0.05 && unit != units + 3) {
    size /= kUnit;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", size, *unit);
}

}  // namespace shoal
