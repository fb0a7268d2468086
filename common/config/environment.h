// The environment of this process, for paths of a job (expand_paths.h).
#ifndef SHOAL_COMMON_CONFIG_ENVIRONMENT_H_
#define SHOAL_COMMON_CONFIG_ENVIRONMENT_H_

#include <cstdlib>
#include <string>

#include "absl/types/optional.h"

namespace shoal {

// Nothing where the variable is not set.
inline absl::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? absl::nullopt : absl::make_optional<std::string>(value);
}

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_ENVIRONMENT_H_
