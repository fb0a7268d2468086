#include "common/pretrained/npy_header.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(NpyHeaderTest, BlanksQuotesAndOrderOfKeysDoNotMatter) {
  for (const char* text : {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 40), }   \n",
                           "{'descr':'<f4','fortran_order':False,'shape':(3,40)}",
                           " { \"shape\" : ( 3 , 40 , ) , \"fortran_order\" : False , \"descr\" : \"<f4\" } "}) {
    const absl::StatusOr<NpyHeader> header = ParseNpyHeader(text);
    ASSERT_TRUE(header.ok()) << header.status();
    EXPECT_EQ("<f4", header->descr);
    EXPECT_FALSE(header->fortran_order);
    EXPECT_THAT(header->shape, ElementsAre(3, 40));
  }
}

TEST(NpyHeaderTest, AnyNumberOfDimensions) {
  EXPECT_THAT(ParseNpyHeader("{'descr': 'a', 'fortran_order': True, 'shape': ()}")->shape, ElementsAre());
  EXPECT_THAT(ParseNpyHeader("{'descr': 'a', 'fortran_order': True, 'shape': (7,)}")->shape, ElementsAre(7));
  EXPECT_TRUE(ParseNpyHeader("{'descr': 'a', 'fortran_order': True, 'shape': (1, 2, 3)}")->fortran_order);
}

TEST(NpyHeaderTest, MalformedHeadersAreRefusedWithTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "should have '{' at byte 0"},
      {"{}", "lacks 'descr', 'fortran_order' or 'shape'"},
      {"{'descr': '<f4', 'fortran_order': False}", "lacks"},
      {"{'descr': '<f4'", "should have '}' at byte 15"},
      {"{'descr': <f4", "should have a text in quotes at byte 10"},
      {"{'descr': '<f4", "should have a closing quote at byte 11"},
      {"{'descr' '<f4'", "should have ':'"},
      {"{'fortran_order': 0}", "should have 'False' at byte 18"},
      {"{'shape': 3}", "should have '('"},
      {"{'shape': (3", "should have ')'"},
      {"{'shape': (3,", "a size of a dimension"},
      {"{'shape': (-3, 4)", "a size of a dimension"},
      {"{'shape': (99999999999999999999, 4)", "a size of a dimension"},
      {"{'shape': (3, 4), 'shape': (3, 4)}", "'shape' twice"},
      {"{'size': 3}", "'size', which is none of descr, fortran_order, shape"},
      {"{'descr': [('x', '<f4')]}", "structured array"},
      {"{'descr': 'a', 'fortran_order': True, 'shape': (1, 2)} x", "should have nothing more"}};
  for (const auto& [text, problem] : cases) {
    const absl::Status status = ParseNpyHeader(text).status();
    EXPECT_EQ(absl::StatusCode::kInvalidArgument, status.code()) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(problem)) << text;
  }
}

}  // namespace
}  // namespace shoal
