#include "launcher/train.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "launcher/command_line.h"
#include "launcher/exit_codes.h"
#include "launcher/signal_watcher.h"
#include "launcher/train_plan.h"
#include "tests/common/checkpoint/test_checkpoint.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// 80 training examples, 5 steps an epoch, 10 in all.
constexpr char kJob[] = R"(
  name: "tiny"
  data {
    train { synthetic { num_users: 10 num_items: 12 num_ratings: 100 } }
    random_split { validation_fraction: 0.2 }
  }
  tables { name: "user" embedding_dim: 4 num_partitions: 8 }
  tables { name: "item" embedding_dim: 4 num_partitions: 8 }
  model {
    matrix_factorization {
      user { column: "user_id" table: "user" }
      item { column: "item_id" table: "item" }
      target: "rating"
    }
  }
  training { epochs: 2 batch_size: 16 }
)";

// An environment variable, for as long as the object lives.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const char* value) : name_(name) {
    const char* const before = getenv(name);
    if (before != nullptr) before_ = before;
    had_ = before != nullptr;
    setenv(name, value, 1);
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment() {
    if (had_) {
      setenv(name_, before_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* const name_;
  std::string before_;
  bool had_ = false;
};

// The files below a folder with their contents, by path.
std::map<std::string, std::string> ReadTree(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    files[entry.path()] = entry.is_regular_file() ? ReadText(entry.path()) : "";
  }
  return files;
}

std::vector<ModelTable> EmptyTables(const ResolvedJob& job) {
  std::vector<ModelTable> tables;
  for (const TableConfig& config : job.job().tables()) {
    tables.push_back({{config.name(),
                       config.num_embeddings(),
                       config.embedding_dim(),
                       config.num_partitions(),
                       {{"weight", config.embedding_dim()}},
                       false},
                      {}});
  }
  return tables;
}

class TrainTest : public testing::Test {
 protected:
  TrainTest() { std::ofstream(job_file()) << kJob; }
  std::string job_file() const { return directory_ / "job.textproto"; }
  std::string output() const { return directory_ / "run"; }

  // Runs the command line.
  int Shoal(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "shoal");
    std::vector<const char*> argv;
    argv.reserve(arguments.size());
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    out_.str("");
    err_.str("");
    return RunCommandLine(static_cast<int>(argv.size()), argv.data(), out_, err_);
  }
  absl::StatusOr<TrainPlan> Plan(bool resume) {
    JobConfig job;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kJob, &job));
    return PlanTraining(PosixFileSystem(), job, output(), resume);
  }
  // Leaves checkpoints without rows, as if a run had saved them.
  void SaveCheckpoints(const std::vector<uint64_t>& steps) {
    const absl::StatusOr<TrainPlan> plan = Plan(/*resume=*/false);
    ASSERT_TRUE(plan.ok()) << plan.status();
    const std::string& vocabulary = plan->data.job.vocabulary_directory();
    if (!vocabulary.empty()) {
      ASSERT_TRUE(WriteVocabularies(plan->data, vocabulary).ok());
    }
    const std::string checkpoints = plan->directory.checkpoints();
    for (const uint64_t step : steps) {
      const auto written = WriteTableFiles(PosixFileSystem(), checkpoints, step, EmptyTables(plan->data.job), 1);
      ASSERT_TRUE(written.ok()) << written.status();
      const auto digest = PublishCheckpoint(PosixFileSystem(), checkpoints, step, plan->data.job, *written, vocabulary);
      ASSERT_TRUE(digest.ok()) << digest.status();
    }
  }

  TestDirectory directory_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(TrainTest, ADryRunPrintsJobProcessesAndMemoryAndWritesNothing) {
  ASSERT_EQ(Shoal({"train", job_file(), "--parameter_servers=2", "--workers=3", "--set", "training.epochs=7",
                   "--output=" + output(), "--dry_run"}),
            kExitOk)
      << err_.str();
  const std::string text = out_.str();
  EXPECT_THAT(text, HasSubstr("epochs: 7"));
  EXPECT_THAT(text, HasSubstr("80 training and 20 validation examples"));
  EXPECT_THAT(text, HasSubstr("5 steps an epoch, 35 in all"));
  EXPECT_THAT(text, HasSubstr("parameter server 1: "));
  EXPECT_THAT(text, HasSubstr("/shoal-worker --coordinator=unix:"));
  EXPECT_THAT(text, HasSubstr("--rank=2"));
  EXPECT_THAT(text, HasSubstr("rows of 64 bytes"));
  ASSERT_EQ(Shoal({"train", job_file(), "--parameter_servers=2000", "--dry_run"}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("\nhint: 2000 parameter servers and 1 worker share "));
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(TrainTest, TheJobFileOfARunCanBeTrainedAgainAndResumed) {
  const std::string biases = R"(target: "rating" user_bias_table: "user_bias" global_bias_table: "global_bias")";
  std::ofstream(job_file()) << absl::StrReplaceAll(kJob, {{R"(target: "rating")", biases}})
                            << R"(tables { name: "user_bias" embedding_dim: 1 })"
                            << R"(tables { name: "global_bias" embedding_dim: 1 })";
  ASSERT_EQ(Shoal({"train", job_file(), "--output=" + output()}), kExitOk) << err_.str();
  const std::string saved_job = output() + "/job.textproto";
  ASSERT_EQ(Shoal({"train", job_file(), "--dry_run", "--output=" + (directory_ / "again")}), kExitOk) << err_.str();
  const std::string expected = out_.str();
  ASSERT_EQ(Shoal({"train", saved_job, "--dry_run", "--output=" + (directory_ / "again")}), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), expected);

  ASSERT_EQ(Shoal({"digest", output()}), kExitOk) << err_.str();
  const std::string digest = out_.str();
  ASSERT_EQ(Shoal({"train", saved_job, "--output=" + (directory_ / "again")}), kExitOk) << err_.str();
  ASSERT_EQ(Shoal({"digest", directory_ / "again"}), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), digest);

  std::filesystem::remove_all(output() + "/checkpoints/step-10");
  ASSERT_EQ(Shoal({"train", saved_job, "--resume", "--output=" + output()}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("resuming from " + output() + "/checkpoints/step-5"));
  ASSERT_EQ(Shoal({"digest", output()}), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), digest);
}

TEST_F(TrainTest, AJobThatComputesWithCudaWhereThereIsNoneStopsBeforeItsDataIsRead) {
  ScopedEnvironment hide_devices("CUDA_VISIBLE_DEVICES", "");
  std::ofstream(job_file()) << absl::StrReplaceAll(kJob, {{"synthetic { num_users: 10 num_items: 12 num_ratings: 100 }",
                                                           "path: \"/there/is/no/file\" format: MOVIELENS_100K"}});
  EXPECT_EQ(Shoal({"train", job_file(), "--set", "cluster.compute=CUDA", "--output=" + output()}), kExitUnavailable);
  EXPECT_THAT(err_.str(), HasSubstr("cluster.compute is CUDA, but "));
  EXPECT_THAT(err_.str(), Not(HasSubstr("/there/is/no/file")));
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(TrainTest, ADryRunShowsTheMemoryOnTheGpuThatAnotherMachineHas) {
  ScopedEnvironment hide_devices("CUDA_VISIBLE_DEVICES", "");
  ASSERT_EQ(Shoal({"train", job_file(), "--set", "cluster.compute=CUDA", "--output=" + output(), "--dry_run"}), kExitOk)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("# Not on this machine: cluster.compute is CUDA, but "));
  EXPECT_THAT(out_.str(), HasSubstr("# Memory of each worker on its GPU, at most"));
  EXPECT_THAT(out_.str(), HasSubstr("  rows of user: "));
}

TEST_F(TrainTest, AutoComputesOnTheCpuWhereThereIsNoGpuAndSaysWhy) {
  ScopedEnvironment hide_devices("CUDA_VISIBLE_DEVICES", "");
  ASSERT_EQ(Shoal({"train", job_file(), "--set", "cluster.compute=AUTO", "--set", "cluster.devices=[0]",
                   "--output=" + output()}),
            kExitOk)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("cluster.compute: AUTO computes on the CPU: "));
  std::stringstream summary;
  summary << std::ifstream(output() + "/summary.json").rdbuf();
  EXPECT_THAT(summary.str(), HasSubstr(R"("compute": "CPU")"));
  EXPECT_THAT(summary.str(), HasSubstr(R"("worker-0": "CPU")"));
  // The job as it was computed can be trained again.
  EXPECT_EQ(Shoal({"train", output() + "/job.textproto", "--output=" + (directory_ / "again")}), kExitOk) << err_.str();
}

TEST_F(TrainTest, EveryProblemOfTheJobIsALineAndTheExitCodeIs78) {
  EXPECT_EQ(Shoal({"train", job_file(), "--set", "training.epochs=0", "--set", "tables.user.embedding_dim=0"}),
            kExitBadJob);
  EXPECT_THAT(err_.str(), HasSubstr("training.epochs"));
  EXPECT_THAT(err_.str(), HasSubstr("embedding_dim"));
}

TEST_F(TrainTest, RowsThatCannotBeAreRefusedBeforeAnythingIsWritten) {
  // Valid field by field; the interval has no float in it.
  EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output(), "--set",
                   "tables.user.initializer.truncated_normal={low: 40 high: 41}"}),
            kExitBadJob);
  EXPECT_THAT(err_.str(), HasSubstr("table 'user': initializer.truncated_normal"));
  EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output(), "--set", "training.optimizer.adagrad.eps=1e-50"}),
            kExitBadJob);
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(TrainTest, AnIdThatItsTableDoesNotHaveIsNamedWithItsLineBeforeAnythingIsWritten) {
  const std::string data = directory_ / "ratings.tsv";
  std::ofstream(data) << "0\t0\t1\n3\t9\t2\n4\t1\t3\n";
  EXPECT_NE(Shoal({"train", job_file(), "--output=" + output(), "--set", "data.train={path: '" + data + "'}", "--set",
                   "data.columns=[{name: 'user_id' position: 0 type: INTEGER_ID}, {name: 'item_id' position: 1 type: "
                   "INTEGER_ID}, {name: 'rating' position: 2 type: NUMBER}]",
                   "--set", "tables.user.num_embeddings=4", "--set", "tables.item.num_embeddings=10"}),
            kExitOk);
  EXPECT_THAT(err_.str(), HasSubstr("ratings.tsv:3: column user_id: id 4 is out of range: table 'user' has "
                                    "num_embeddings 4, ids 0 to 3"));
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(TrainTest, SkippedRecordsAreCountedAndTheFirstAreNamed) {
  const std::string data = directory_ / "ratings.tsv";
  std::ofstream(data) << "0\t0\t1\n3\t9\tx\n4\t1\t3\n";
  const std::string source = "train { path: '" + data + "' format: MOVIELENS_100K } on_bad_record: SKIP";
  ASSERT_EQ(Shoal({"train", job_file(), "--dry_run", "--set", "data={" + source + "}"}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("1 bad record is left out (data.on_bad_record: SKIP): " + data +
                                    ":2: column rating: 'x' is not a number\n"));
}

TEST_F(TrainTest, PretrainedVectorsThatDoNotFitAreRefusedBeforeAnythingIsWritten) {
  const std::string vectors = directory_ / "vectors.txt";
  const auto error = [&](const std::string& pretrained) {
    EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output(), "--set",
                     "tables.user.pretrained={path: '" + vectors + "' " + pretrained + "}"}),
              kExitBadJob);
    EXPECT_FALSE(std::filesystem::exists(output()));
    return err_.str();
  };
  EXPECT_THAT(error(""), AllOf(HasSubstr("tables 'user': pretrained: "), HasSubstr(vectors)));
  std::ofstream(vectors) << "1 0.5 0.5 0.5\n";
  EXPECT_THAT(error(""), HasSubstr("its vectors have 3 numbers; the table's embedding_dim is 4"));
  std::ofstream(vectors) << "1 0.5 0.5 0.5 0.5\n2 1 2 3 4\n";
  EXPECT_THAT(error(""), HasSubstr("has no vector for 8 of the 10 rows of table 'user': row 2, row 3, "));
  EXPECT_THAT(error("match: BY_WORD"), HasSubstr("has no vector for 8 of the 10 rows of table 'user': '"));
  std::ofstream(vectors) << "1 0.5 0.5 0.5 0.5\n2 1 x 3 4\n";
  EXPECT_THAT(error("missing: INITIALIZE"), HasSubstr(vectors + ":2"));
  EXPECT_THAT(error("missing: INITIALIZE format: NPY"), HasSubstr(vectors));
}

TEST_F(TrainTest, PretrainedVectorsAreCountedAndGoToTheirRows) {
  const std::string vectors = directory_ / "vectors.txt";
  std::ofstream(vectors) << "3 0.25 0.5 0.75 1\n70 1 1 1 1\n5 -1 -2 -3 -4\n";
  ASSERT_EQ(Shoal({"train", job_file(), "--output=" + output(), "--set",
                   "tables.user.pretrained={path: '" + vectors + "' match: BY_WORD missing: INITIALIZE}"}),
            kExitOk)
      << err_.str();
  EXPECT_THAT(out_.str(),
              HasSubstr("table user: 2 rows with a pretrained vector at the start, 8 without; 1 word of the file"));
  // What is exported needs the file no more.
  std::filesystem::remove(vectors);
  const std::string exported = directory_ / "user.vec";
  ASSERT_EQ(Shoal({"export", output(), "--table=user", "--format=word2vec", "--output=" + exported}), kExitOk)
      << err_.str();
  std::ifstream file(exported);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(text, HasSubstr("\n3 0.25 0.5 0.75 1\n"));
  EXPECT_THAT(text, HasSubstr("\n5 -1 -2 -3 -4\n"));
}

TEST_F(TrainTest, AMissingJobFileIsNamed) {
  EXPECT_EQ(Shoal({"train", "/nonexistent/job.textproto"}), kExitBadJob);
  EXPECT_THAT(err_.str(), HasSubstr("/nonexistent/job.textproto"));
}

TEST_F(TrainTest, WorkersWithoutServersAreAProblemOfTheJob) {
  EXPECT_EQ(Shoal({"train", job_file(), "--workers=2", "--parameter_servers=0"}), kExitBadJob);
}

TEST_F(TrainTest, AnOutputInUseIsNotOverwritten) {
  std::filesystem::create_directories(output());
  std::ofstream(output() + "/precious") << "1";
  EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output()}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr(output() + " is not empty"));
  EXPECT_EQ(ReadText(output() + "/precious"), "1");
}

TEST_F(TrainTest, UsageErrorsExitWith64) {
  EXPECT_EQ(Shoal({}), kExitUsage);
  EXPECT_EQ(Shoal({"train"}), kExitUsage);
  EXPECT_EQ(Shoal({"fly"}), kExitUsage);
  EXPECT_EQ(Shoal({"train", job_file(), "--wrokers=2"}), kExitUsage);
  EXPECT_EQ(Shoal({"train", job_file(), "--workers=two"}), kExitUsage);
  EXPECT_EQ(Shoal({"train", job_file(), "--resume"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--resume needs --output"));
}

TEST_F(TrainTest, AWrongCommandLineIsExplained) {
  const auto error = [&](const std::vector<std::string>& arguments) {
    EXPECT_EQ(Shoal(arguments), kExitUsage);
    return err_.str();
  };
  EXPECT_THAT(error({}), AllOf(StartsWith("shoal: a command is missing: the commands are: train, inspect, "),
                               EndsWith("\nSee: shoal --help\n")));
  EXPECT_THAT(error({"trian", job_file()}),
              AllOf(StartsWith("shoal: there is no command 'trian': did you mean 'train'? (the commands are: train, "),
                    EndsWith("\nSee: shoal --help\n")));
  EXPECT_THAT(error({"--verison"}), StartsWith("shoal: there is no flag --verison: did you mean '--version'? "));
  EXPECT_THAT(error({"train", "--otuput=x"}),
              AllOf(StartsWith("shoal train: there is no flag --otuput: did you mean '--output'? (the flags are: "),
                    EndsWith("\nSee: shoal train --help\n")));
  EXPECT_THAT(error({"train", job_file(), "--wrokers", "2"}), HasSubstr("did you mean '--workers'?"));
  EXPECT_EQ(error({"train"}), "shoal train: JOB is required\nSee: shoal train --help\n");
  EXPECT_THAT(error({"train", job_file(), "x"}), StartsWith("shoal train: 'x' is one argument too many\n"));
  EXPECT_THAT(error({"train", job_file(), "--workers=two"}), HasSubstr("--workers"));
  EXPECT_EQ(error({"plot", "loses"}),
            "shoal plot: there is no command 'loses': did you mean 'losses'? (the commands are: embeddings, losses)\n"
            "See: shoal plot --help\n");
  EXPECT_THAT(error({"plot"}), StartsWith("shoal plot: a command is missing: the commands are: embeddings, losses\n"));
  EXPECT_THAT(error({"export", "run", "--tabel=item"}),
              StartsWith("shoal export: there is no flag --tabel: did you mean '--table'? (the flags are: --help, -h, "
                         "--format, --output, --overwrite, --table, --parameter)\n"));
  EXPECT_THAT(error({"query", "run", "--table=item"}), HasSubstr("--key"));
}

TEST_F(TrainTest, HelpAndVersionAreNoErrors) {
  EXPECT_EQ(Shoal({"--help"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("train"));
  EXPECT_EQ(Shoal({"--version"}), kExitOk);
  EXPECT_THAT(out_.str(), testing::StartsWith("shoal "));
}

TEST_F(TrainTest, CheckpointsOfARunCanBeInspectedExportedAndDigested) {
  SaveCheckpoints({5});
  EXPECT_EQ(Shoal({"inspect", output()}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("item"));
  EXPECT_EQ(Shoal({"digest", output()}), kExitOk) << err_.str();
  EXPECT_EQ(out_.str().size(), 33u);
  EXPECT_EQ(Shoal({"export", output(), "--table=item", "--output=" + (directory_ / "item.npy")}), kExitOk)
      << err_.str();
  EXPECT_EQ(ReadText(directory_ / "item.npy").substr(1, 5), "NUMPY");
  EXPECT_EQ(Shoal({"inspect", directory_ / "nowhere"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("shoal inspect: "));
  EXPECT_EQ(Shoal({"export", output()}), kExitUsage);
  EXPECT_EQ(Shoal({"export", output(), "--table=item", "--parameter=tower.0.weight"}), kExitUsage);
  EXPECT_EQ(Shoal({"export", output(), "--parameter=tower.0.weight"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("has no dense parameters"));
}

TEST_F(TrainTest, ResumingStartsFromTheLatestCheckpoint) {
  SaveCheckpoints({5, 7});
  const absl::StatusOr<TrainPlan> plan = Plan(/*resume=*/true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_TRUE(plan->resume.has_value());
  EXPECT_EQ(plan->resume->step, 7u);
  EXPECT_THAT(plan->resume->checkpoint, HasSubstr("step-7"));
  EXPECT_EQ(plan->resume->digests.weights.size(), 32u);
}

TEST_F(TrainTest, ACheckpointUnderAnotherStepsNameIsRefusedAndNothingIsOverwritten) {
  SaveCheckpoints({5});
  const std::string checkpoints = RunDirectory(output()).checkpoints();
  std::filesystem::rename(CheckpointPath(checkpoints, 5), CheckpointPath(checkpoints, 7));
  const std::map<std::string, std::string> before = ReadTree(output());
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("step-7 is of step 5, not of step 7"));
  EXPECT_EQ(ReadTree(output()), before);
}

TEST_F(TrainTest, ResumingWithoutACheckpointStartsAnew) {
  ASSERT_TRUE(RunLock::Take(PosixFileSystem(), RunDirectory(output())).ok());
  std::filesystem::create_directories(output() + "/logs");
  const absl::StatusOr<TrainPlan> plan = Plan(/*resume=*/true);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->resume.has_value());
}

TEST_F(TrainTest, ResumingWithoutACheckpointSaysThatItStartsAnew) {
  ASSERT_TRUE(RunLock::Take(PosixFileSystem(), RunDirectory(output())).ok());
  std::ofstream(output() + "/summary.json") << R"({"status": "failed", "epochs": []})";
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("no checkpoint in " + output() + "/checkpoints: starting from step 0\n"));
}

TEST_F(TrainTest, AFinishedRunWithoutItsCheckpointsIsNotOverwritten) {
  ASSERT_TRUE(RunLock::Take(PosixFileSystem(), RunDirectory(output())).ok());
  const std::string summary = R"({"status": "finished", "epochs": []})";
  std::ofstream(output() + "/summary.json") << summary;
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr(output() + " is a run that has finished"));
  EXPECT_EQ(ReadText(output() + "/summary.json"), summary);
}

TEST_F(TrainTest, ADamagedCheckpointIsReportedWithTheOneBeforeIt) {
  SaveCheckpoints({3, 5, 7});
  const std::string checkpoints = output() + "/checkpoints";
  std::ofstream(checkpoints + "/step-7/manifest.json") << "{";
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitFailed);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("step-7/manifest.json"),
                                HasSubstr("\nthe newest other checkpoint is " + checkpoints + "/step-5: move " +
                                          checkpoints + "/step-7 away, and --resume goes on from step 5\n")));
  for (const char* gone : {"/step-3", "/step-5"}) std::filesystem::remove_all(checkpoints + gone);
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("\nthere is no other checkpoint in " + checkpoints + "\n"));
}

// No process is ready in a microsecond.
TEST_F(TrainTest, AFailedRunSaysWhatCanBeResumed) {
  const std::string timeout = "cluster.startup_timeout_seconds=1e-6";
  const std::string command = "shoal train " + job_file() + " --resume --output=" + output() + " --set " + timeout;
  EXPECT_EQ(Shoal({"train", job_file(), "--set", timeout, "--output=" + output()}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("\nno checkpoint had been saved yet; start over with: " + command + "\n"));
  std::filesystem::remove_all(output());
  SaveCheckpoints({5});
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--set", timeout, "--output=" + output()}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("\nthe latest checkpoint is " + output() +
                                    "/checkpoints/step-5; resume with: " + command + "\n"));
}

// No process is ready in a microsecond.
TEST_F(TrainTest, TheFlagsOfTheClusterAreFieldsOfTheJobAndStandInTheCommandThatGoesOn) {
  const std::string flags = "--parameter_servers=1 --workers=2 --max_restarts=3";
  const std::string timeout = "cluster.startup_timeout_seconds=1e-6";
  std::vector<std::string> arguments = {"train", job_file(), "--output=" + output(), "--set", timeout};
  for (const absl::string_view flag : absl::StrSplit(flags, ' ')) arguments.emplace_back(flag);
  EXPECT_EQ(Shoal(arguments), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr(" --output=" + output() + " " + flags + " --set " + timeout + "\n"));
  arguments.emplace_back("--dry_run");
  arguments[2] = "--output=" + output() + "-2";
  ASSERT_EQ(Shoal(arguments), kExitOk) << err_.str();
  for (const char* field : {"parameter_servers: 1\n", "workers: 2\n", "max_restarts: 3\n"}) {
    EXPECT_THAT(out_.str(), HasSubstr(field));
  }
}

TEST_F(TrainTest, TheStartSaysWhatRowsAreRoundedTo) {
  ASSERT_EQ(Shoal({"train", job_file(), "--set", "cluster.wire_dtype=BFLOAT16", "--output=" + output()}), kExitOk)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("rows and gradients are rounded to BFLOAT16 on their way (wire_dtype)\n"));
  EXPECT_THAT(ReadText(output() + "/summary.json"), HasSubstr(R"("wire_dtype": "BFLOAT16")"));
}

// Few rows of many floats: what is kept of each row, created or not, stays small.
TEST_F(TrainTest, TablesThatWouldNotFitIntoThisMachineAreWarnedOf) {
  const std::string warning = "warning: the rows of the tables take 6.0 TiB once all of them exist";
  std::vector<std::string> arguments = {"train", job_file(), "--output=" + output()};
  for (const char* set :
       {"tables.user.num_embeddings=100000000", "tables.user.embedding_dim=16384", "tables.item.embedding_dim=16384"}) {
    arguments.insert(arguments.end(), {"--set", set});
  }
  ASSERT_EQ(Shoal(arguments), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr(warning));
  arguments[2] = "--dry_run";
  ASSERT_EQ(Shoal(arguments), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr(warning));
}

TEST_F(TrainTest, ADivergedRunIsWarnedOfAndFinishes) {
  EXPECT_EQ(Shoal({"train", job_file(), "--set", "training.learning_rate=1e30", "--output=" + output()}), kExitOk);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("warning: the loss is "), HasSubstr("training.learning_rate"), Not(HasSubstr("-nan"))));
}

TEST_F(TrainTest, ResumingAFolderThatIsNoRunIsRefusedAndOverwritesNothing) {
  std::filesystem::create_directories(output());
  std::ofstream(output() + "/job.textproto") << "precious";
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr(output() + " is not a run"));
  EXPECT_EQ(ReadText(output() + "/job.textproto"), "precious");
}

TEST_F(TrainTest, AFolderThatAnotherLauncherHoldsIsRefused) {
  const absl::StatusOr<RunLock> held = RunLock::Take(PosixFileSystem(), RunDirectory(output()));
  ASSERT_TRUE(held.ok()) << held.status();
  for (const bool resume : {false, true}) {
    std::vector<std::string> arguments = {"train", job_file(), "--output=" + output()};
    if (resume) arguments.push_back("--resume");
    EXPECT_EQ(Shoal(arguments), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr(output() + " is in use"));
  }
  EXPECT_FALSE(std::filesystem::exists(output() + "/job.textproto"));
}

TEST_F(TrainTest, WhatWasWrittenAfterThePlanIsNotOverwritten) {
  const absl::StatusOr<TrainPlan> fresh = Plan(/*resume=*/false);
  const absl::StatusOr<TrainPlan> first = Plan(/*resume=*/true);
  SaveCheckpoints({5});
  const absl::StatusOr<TrainPlan> second = Plan(/*resume=*/true);
  EXPECT_EQ(ClaimRun(PosixFileSystem(), *fresh, /*resume=*/false).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ClaimRun(PosixFileSystem(), *first, /*resume=*/true).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(ClaimRun(PosixFileSystem(), *second, /*resume=*/true).ok());
}

TEST_F(TrainTest, AnOutputThatIsAFileIsAUsageError) {
  std::ofstream(output()) << "precious";
  EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output()}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--output must be a folder"));
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr(output()));
}

TEST_F(TrainTest, ASignalDuringTheScanOfTheDataStopsBeforeAnythingIsWritten) {
  // Blocked, the signal waits until the watcher of `shoal train` takes it.
  const auto watcher = SignalWatcher::Create();
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  raise(SIGTERM);
  EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output()}), kExitStopped);
  EXPECT_THAT(out_.str(), HasSubstr("nothing had been trained yet"));
  EXPECT_FALSE(std::filesystem::exists(output()));

  SaveCheckpoints({5});
  raise(SIGINT);
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitStopped);
  EXPECT_THAT(out_.str(), HasSubstr("step-5 stands; go on with: shoal train " + job_file() + " --resume"));
}

// What is damaged is not reached.
TEST_F(TrainTest, ASignalDuringTheVerificationOfACheckpointStopsBeforeAnythingIsWritten) {
  SaveCheckpoints({5});
  std::ofstream(output() + "/checkpoints/step-5/tables-00000-of-00001.safetensors", std::ios::in | std::ios::binary)
      << "x";
  const std::map<std::string, std::string> before = ReadTree(output());
  const auto watcher = SignalWatcher::Create();
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  raise(SIGTERM);
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitStopped) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("step-5 stands; go on with: shoal train " + job_file() + " --resume"));
  EXPECT_EQ(ReadTree(output()), before);
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitFailed);
}

TEST_F(TrainTest, DataThatIsAFolderIsBadData) {
  std::ofstream(job_file()) << absl::StrReplaceAll(kJob,
                                                   {{"synthetic { num_users: 10 num_items: 12 num_ratings: 100 }",
                                                     "path: \"" + directory_.path() + "\" format: MOVIELENS_100K"}});
  EXPECT_EQ(Shoal({"train", job_file(), "--output=" + output()}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("'" + directory_.path() + "' is a folder, not a file"));
  EXPECT_FALSE(std::filesystem::exists(output()));
}

TEST_F(TrainTest, ResumingAnotherTrainingIsRefusedWithTheFieldAndBothValues) {
  SaveCheckpoints({5});
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output(), "--set", "seed=9"}), kExitBadJob);
  EXPECT_THAT(err_.str(), HasSubstr("seed: the checkpoint has 0, the job now has 9"));
  EXPECT_THAT(err_.str(), HasSubstr("step-5"));
}

TEST_F(TrainTest, ResumingACompleteTrainingSaysSo) {
  SaveCheckpoints({10});
  std::ofstream(output() + "/summary.json") << R"({"status": "finished", "epochs": []})";
  EXPECT_EQ(Shoal({"train", job_file(), "--resume", "--output=" + output()}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("training is complete"));
  EXPECT_THAT(err_.str(), IsEmpty());
}

}  // namespace
}  // namespace shoal
