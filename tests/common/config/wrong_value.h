// A job that is wrong in one value: what is set in a valid one, and the problem that it makes.
#ifndef SHOAL_TESTS_COMMON_CONFIG_WRONG_VALUE_H_
#define SHOAL_TESTS_COMMON_CONFIG_WRONG_VALUE_H_

#include <ostream>
#include <string>

namespace shoal {

struct WrongValue {
  std::string set;      // Overrides, separated by "|".
  std::string problem;  // How the only problem goes on after the override: "field: message", from its beginning.
};

inline void PrintTo(const WrongValue& value, std::ostream* out) { *out << value.set; }

}  // namespace shoal

#endif  // SHOAL_TESTS_COMMON_CONFIG_WRONG_VALUE_H_
