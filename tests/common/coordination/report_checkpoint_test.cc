#include "common/coordination/report_checkpoint.h"

#include "gtest/gtest.h"
#include "tests/support/scripted_coordinator_link.h"

namespace shoal {
namespace {

CheckpointReport Report() {
  CheckpointReport report;
  report.set_role(WORKER);
  report.set_step(7);
  report.set_part(DENSE_PARAMETERS);
  return report;
}

TEST(ReportCheckpointTest, FilesAreAddedToTheReport) {
  ScriptedCoordinatorLink link;
  std::vector<CheckpointFile> files(2);
  files[1].set_name("b");
  EXPECT_EQ(ReportCheckpointPart(Report(), files, &link), absl::OkStatus());
  ASSERT_EQ(link.checkpoints().size(), 1u);
  EXPECT_EQ(link.checkpoints()[0].step(), 7u);
  EXPECT_EQ(link.checkpoints()[0].part(), DENSE_PARAMETERS);
  ASSERT_EQ(link.checkpoints()[0].files_size(), 2);
  EXPECT_EQ(link.checkpoints()[0].files(1).name(), "b");
  EXPECT_EQ(link.checkpoints()[0].error(), "");
}

TEST(ReportCheckpointTest, AnErrorIsReportedAndReturned) {
  ScriptedCoordinatorLink link;
  const absl::Status full = absl::ResourceExhaustedError("no space");
  EXPECT_EQ(ReportCheckpointPart(Report(), full, &link), full);
  EXPECT_EQ(link.checkpoints().at(0).error(), "no space");
  link.FailWith(absl::UnavailableError("no coordinator"));
  EXPECT_EQ(ReportCheckpointPart(Report(), full, &link), full) << "the cause, not what followed from it";
  EXPECT_EQ(ReportCheckpointPart(Report(), std::vector<CheckpointFile>(), &link),
            absl::UnavailableError("no coordinator"));
}

}  // namespace
}  // namespace shoal
