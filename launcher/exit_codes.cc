#include "launcher/exit_codes.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace shoal {
namespace {

constexpr char kPayload[] = "shoal/exit_code";

}  // namespace

absl::Status WithExitCode(absl::Status error, int exit_code) {
  error.SetPayload(kPayload, absl::Cord(absl::StrCat(exit_code)));
  return error;
}

int ExitCodeOf(const absl::Status& error) {
  const absl::optional<absl::Cord> mark = error.GetPayload(kPayload);
  int exit_code = kExitFailed;
  if (mark.has_value() && absl::SimpleAtoi(std::string(*mark), &exit_code)) return exit_code;
  return kExitFailed;
}

}  // namespace shoal
