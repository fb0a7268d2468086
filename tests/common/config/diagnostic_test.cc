#include "common/config/diagnostic.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace shoal {
namespace {

Diagnostic At(const std::string& source, int line, int column, const std::string& field, const std::string& message) {
  Diagnostic problem;
  problem.location = {source, line, column};
  problem.field = field;
  problem.message = message;
  return problem;
}

TEST(DiagnosticTest, NamesFileLineFieldAndMessage) {
  const Diagnostic problem = At("job.textproto", 12, 3, "training.epochs", "must be at least 1, is 0");
  EXPECT_EQ(FormatDiagnostic(problem), "job.textproto:12: training.epochs: must be at least 1, is 0");
}

TEST(DiagnosticTest, NamesTheOverrideInsteadOfALine) {
  const Diagnostic problem = At("--set training.epochs=0", 0, 0, "training.epochs", "must be at least 1, is 0");
  EXPECT_EQ(FormatDiagnostic(problem), "--set training.epochs=0: training.epochs: must be at least 1, is 0");
}

TEST(DiagnosticTest, LeavesAnEmptyFieldOut) {
  const Diagnostic problem = At("job.textproto", 1, 1, "", "expected a name");
  EXPECT_EQ(FormatDiagnostic(problem), "job.textproto:1: expected a name");
}

TEST(DiagnosticTest, SortsByPlaceAndPutsOverridesLastInTheirOrder) {
  std::vector<Diagnostic> problems = {At("--set b=1", 0, 0, "first override", ""), At("job", 7, 2, "line 7", ""),
                                      At("--set a=1", 0, 0, "second override", ""),
                                      At("job", 3, 9, "line 3, later", ""), At("job", 3, 1, "line 3", "")};
  SortDiagnostics(&problems);
  std::vector<std::string> fields;
  for (const Diagnostic& problem : problems) fields.push_back(problem.field);
  EXPECT_THAT(fields, testing::ElementsAre("line 3", "line 3, later", "line 7", "first override", "second override"));
}

}  // namespace
}  // namespace shoal
