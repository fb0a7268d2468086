// What tests read from tests/reference/losses.
#ifndef SHOAL_TESTS_WORKER_LOSSES_REFERENCE_JSON_H_
#define SHOAL_TESTS_WORKER_LOSSES_REFERENCE_JSON_H_

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace shoal {

inline nlohmann::json LoadLossReference(const std::string& name) {
  std::ifstream file("tests/reference/losses/" + name);
  EXPECT_TRUE(file.good()) << name << ": run from the repository's root";
  return nlohmann::json::parse(file);
}

// A matrix given in 1/1024, row after row.
inline std::vector<float> StartValues(const nlohmann::json& matrix) {
  std::vector<float> result;
  for (const nlohmann::json& row : matrix) {
    for (const nlohmann::json& value : row) result.push_back(value.get<float>() / 1024);
  }
  return result;
}

// To 1e-5 of the largest element: rounding of single precision is relative to that.
inline void ExpectNearReference(const std::vector<float>& actual, const nlohmann::json& expected) {
  const size_t dim = expected[0].size();
  ASSERT_EQ(actual.size(), expected.size() * dim);
  double largest = 0;
  for (const nlohmann::json& row : expected) {
    for (const nlohmann::json& value : row) largest = std::max(largest, std::fabs(value.get<double>()));
  }
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i / dim][i % dim].get<double>(), 1e-5 * largest) << "element " << i;
  }
}

}  // namespace shoal

#endif  // SHOAL_TESTS_WORKER_LOSSES_REFERENCE_JSON_H_
