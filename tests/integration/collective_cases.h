// The collectives that an executable of the conformance suite holds against it.
#ifndef SHOAL_TESTS_INTEGRATION_COLLECTIVE_CASES_H_
#define SHOAL_TESTS_INTEGRATION_COLLECTIVE_CASES_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/collectives.h"

namespace shoal {

struct CollectiveCase {
  const char* name;
  int size;  // Workers.
  std::function<Collectives(int size)> connect;
  // Why this machine cannot run it; empty: it can.
  std::function<std::string()> why_skipped = [] { return std::string(); };

  friend void PrintTo(const CollectiveCase& shown, std::ostream* out) { *out << shown.name << " of " << shown.size; }
};

// What is linked decides.
std::vector<CollectiveCase> CollectiveCases();

}  // namespace shoal

#endif  // SHOAL_TESTS_INTEGRATION_COLLECTIVE_CASES_H_
