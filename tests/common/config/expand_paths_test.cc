#include "common/config/expand_paths.h"

#include <map>

#include "common/config/parse_job.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/config/test_job.h"

namespace shoal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The training path after expansion; what is wrong goes to `problems`.
std::string Expand(const std::string& path, std::vector<std::string>* problems) {
  const std::map<std::string, std::string> environment = {{"HOME_DIR", "/home/me"}, {"A", "${B}"}, {"EMPTY", ""}};
  std::vector<Diagnostic> found;
  ParsedJob parsed = ParseJob("data {\n  train { path: '" + path + "' }\n}", "job.textproto", &found);
  const auto lookup = [&](const std::string& name) -> absl::optional<std::string> {
    const auto it = environment.find(name);
    if (it == environment.end()) return absl::nullopt;
    return it->second;
  };
  ExpandPaths(lookup, "/here", &parsed.job, parsed.locations, &found);
  *problems = Format(found);
  return parsed.job.data().train().path();
}

TEST(ExpandPathsTest, ReplacesVariablesWhereverTheyStand) {
  std::vector<std::string> problems;
  EXPECT_EQ(Expand("${HOME_DIR}/x/${HOME_DIR}", &problems), "/home/me/x/home/me");
  EXPECT_THAT(problems, IsEmpty());
}

TEST(ExpandPathsTest, LeavesOtherDollarsAndValuesAlone) {
  std::vector<std::string> problems;
  EXPECT_EQ(Expand("/$HOME_DIR/a$}", &problems), "/$HOME_DIR/a$}");
  EXPECT_EQ(Expand("/${A}", &problems), "/${B}");
  EXPECT_THAT(problems, IsEmpty());
}

TEST(ExpandPathsTest, RelativePathsAreThoseOfTheFolder) {
  std::vector<std::string> problems;
  EXPECT_EQ(Expand("data/u.data", &problems), "/here/data/u.data");
  EXPECT_EQ(Expand("./u.data", &problems), "/here/u.data");
  EXPECT_EQ(Expand("../u.data", &problems), "/u.data");
  EXPECT_EQ(Expand("/data/u.data", &problems), "/data/u.data");
  EXPECT_EQ(Expand("", &problems), "");
  EXPECT_THAT(problems, IsEmpty());
}

TEST(ExpandPathsTest, EveryPathOfTheJobIsExpanded) {
  std::vector<Diagnostic> found;
  ParsedJob parsed = ParseJob(R"pb(
                                data {
                                  train { path: '${D}/a' labels_path: '${D}/b' }
                                  validation { path: '${D}/c' labels_path: '${D}/d' }
                                  columns { text { sentencepiece { model: '${D}/e' } } }
                                }
                                tables { pretrained { path: '${D}/f' } })pb",
                              "job.textproto", &found);
  ExpandPaths([](const std::string&) { return absl::make_optional<std::string>("/x"); }, "/here", &parsed.job,
              parsed.locations, &found);
  EXPECT_THAT(Format(found), IsEmpty());
  const DataConfig& data = parsed.job.data();
  EXPECT_EQ(data.train().path(), "/x/a");
  EXPECT_EQ(data.train().labels_path(), "/x/b");
  EXPECT_EQ(data.validation().path(), "/x/c");
  EXPECT_EQ(data.validation().labels_path(), "/x/d");
  EXPECT_EQ(parsed.job.tables(0).pretrained().path(), "/x/f");
  EXPECT_EQ(data.columns(0).text().sentencepiece().model(), "/x/e");
}

TEST(ExpandPathsTest, NamesEachVariableThatIsNotSet) {
  std::vector<std::string> problems;
  EXPECT_EQ(Expand("${NO}/${EMPTY}/${HOME_DIR}", &problems), "${NO}/${EMPTY}/${HOME_DIR}");
  EXPECT_THAT(problems, ElementsAre("job.textproto:2: data.train.path: environment variable NO is not set; set it, or "
                                    "write the path without it",
                                    "job.textproto:2: data.train.path: environment variable EMPTY is not set; set it, "
                                    "or write the path without it"));
}

TEST(ExpandPathsTest, SaysHowToGetTheDataSets) {
  std::vector<std::string> problems;
  Expand("${SHOAL_DATA_DIR}/u.data", &problems);
  EXPECT_THAT(problems, ElementsAre("job.textproto:2: data.train.path: environment variable SHOAL_DATA_DIR is not set; "
                                    "set it to the folder that holds the data sets, or run deploy/fetch_data.sh and "
                                    "set it to data/"));
}

TEST(ExpandPathsTest, RefusesWhatIsNoVariable) {
  for (const char* path : {"${HOME_DIR", "${}", "${1A}", "${A B}", "${HOME_DIR:-x}"}) {
    std::vector<std::string> problems;
    EXPECT_EQ(Expand(path, &problems), path);
    EXPECT_THAT(problems, ElementsAre(testing::HasSubstr("must be followed by the name of an environment variable")));
  }
}

TEST(ExpandPathsTest, ExpandsTheValidationPathToo) {
  JobConfig job;
  job.mutable_data()->mutable_validation()->set_path("${X}/v");
  std::vector<Diagnostic> problems;
  ExpandPaths([](const std::string&) { return absl::make_optional<std::string>("/x"); }, "/here", &job,
              FieldLocations({"job", 1, 1}), &problems);
  EXPECT_EQ(job.data().validation().path(), "/x/v");
}

}  // namespace
}  // namespace shoal
