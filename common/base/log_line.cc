#include "common/base/log_line.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace shoal {

void LogLine(absl::string_view text) {
  std::cerr << absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E3S ", absl::Now(), absl::LocalTimeZone()), text, "\n");
}

}  // namespace shoal
