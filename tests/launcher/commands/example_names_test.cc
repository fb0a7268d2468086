#include "launcher/commands/example_names.h"

#include "gtest/gtest.h"

namespace shoal {
namespace {

TEST(ExampleNamesTest, AnExampleHasItsPlaceAndItsIds) {
  Dataset examples;
  examples.id_columns = {{"user", {0, 1}}, {"item", {1, 0}}};
  examples.names = {"line", {3, 7}, {{"007", "u\t2"}, {"a \"b\"", ""}}};
  EXPECT_EQ("line\tuser\titem", NamesHeader(examples));
  std::string text;
  AppendNames(examples, 0, &text);
  EXPECT_EQ("3\t007\t\"a \"\"b\"\"\"", text);
  text.clear();
  AppendNames(examples, 1, &text);
  EXPECT_EQ("7\t\"u\t2\"\t", text);
}

}  // namespace
}  // namespace shoal
