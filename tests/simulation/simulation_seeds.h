// The seeds that a simulation tries: SHOAL_SIMULATION_SEEDS of them, from SHOAL_SIMULATION_FIRST_SEED on.
#ifndef SHOAL_TESTS_SIMULATION_SIMULATION_SEEDS_H_
#define SHOAL_TESTS_SIMULATION_SIMULATION_SEEDS_H_

#include <cstdint>
#include <cstdlib>

#include "absl/strings/numbers.h"

namespace shoal {

struct SimulationSeeds {
  uint64_t first = 1;
  uint64_t count = 1;
};

inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  uint64_t value;
  const char* text = std::getenv(name);
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

inline SimulationSeeds SeedsFromEnvironment(uint64_t default_count) {
  return {FromEnvironment("SHOAL_SIMULATION_FIRST_SEED", 1), FromEnvironment("SHOAL_SIMULATION_SEEDS", default_count)};
}

}  // namespace shoal

#endif  // SHOAL_TESTS_SIMULATION_SIMULATION_SEEDS_H_
