#include "common/checkpoint/publish_checkpoint.h"

#include <random>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/dense_digest.h"
#include "common/checkpoint/dense_writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<ModelTable> SmallTables(uint64_t seed) {
  std::mt19937_64 random(seed);
  return {RandomModelTable("users", 12, 3, true, 2, &random), RandomModelTable("items", 9, 2, false, 2, &random)};
}

std::vector<LoadedParameter> SmallParameters(uint64_t seed) {
  std::mt19937_64 random(seed);
  return {RandomParameter("tower.0.weight", {2, 3}, &random), RandomParameter("tower.0.bias", {2}, &random)};
}

void WriteVocabulary(MemoryFileSystem* files) {
  ASSERT_TRUE(files->CreateDirectories("/run/vocabulary").ok());
  ASSERT_TRUE(WriteFile(*files, "/run/vocabulary/users.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n").ok());
  ASSERT_TRUE(WriteFile(*files, "/run/vocabulary/notes.md", "of no table").ok());
  ASSERT_TRUE(files->SyncDirectory("/run/vocabulary").ok());
}

void ExpectWhole(MemoryFileSystem& files, const std::string& path) {
  const auto reader = CheckpointReader::Open(files, path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const absl::Status status = reader->VerifyAllBytes();
  EXPECT_TRUE(status.ok()) << status;
}

TEST(PublishCheckpointTest, HoldsTheLabelsOfTheJob) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/run/vocabulary").ok());
  for (const char* name : {"label.kind.txt", "label.other.txt"}) {
    ASSERT_TRUE(WriteFile(files, absl::StrCat("/run/vocabulary/", name), "ham\nspam\n").ok());
  }
  const auto written = WriteTableFiles(files, "/c", 2, SmallTables(2), 1);
  ASSERT_TRUE(written.ok()) << written.status();
  ResolvedJob job = JobOf(SmallTables(2), 1);
  job.add_labels()->set_name("kind");
  ASSERT_TRUE(PublishCheckpoint(files, "/c", 2, job, *written, "/run/vocabulary").ok());
  EXPECT_THAT(*files.ListDirectory("/c/step-2/vocabulary"), ElementsAre("label.kind.txt"));
  EXPECT_EQ(*ReadFile(files, "/c/step-2/vocabulary/label.kind.txt", 100), "ham\nspam\n");
}

TEST(PublishCheckpointTest, HoldsTheTablesVocabulariesJobAndManifestAndNothingElse) {
  MemoryFileSystem files;
  WriteVocabulary(&files);
  const std::vector<ModelTable> tables = SmallTables(1);
  ASSERT_TRUE(WriteTableFiles(files, "/c", 2, tables, 3).ok()) << "an attempt with more servers";
  ASSERT_TRUE(WriteFile(files, "/c/step-2.tmp/manifest.json", "torn").ok());
  const auto digest = SaveCheckpoint(files, "/c", 2, tables, 2, "/run/vocabulary");
  ASSERT_TRUE(digest.ok()) << digest.status();
  EXPECT_THAT(*files.ListDirectory("/c"), ElementsAre("step-2"));
  EXPECT_THAT(*files.ListDirectory("/c/step-2"),
              ElementsAre("job.textproto", "manifest.json", "tables-00000-of-00002.safetensors",
                          "tables-00001-of-00002.safetensors", "vocabulary"));
  EXPECT_THAT(*files.ListDirectory("/c/step-2/vocabulary"), ElementsAre("users.txt"));
  ExpectWhole(files, "/c/step-2");
}

TEST(PublishCheckpointTest, PublishingAgainChangesNothing) {
  MemoryFileSystem files;
  const std::vector<ModelTable> tables = SmallTables(1);
  const auto written = WriteTableFiles(files, "/c", 2, tables, 2);
  const auto first = PublishCheckpoint(files, "/c", 2, JobOf(tables, 2), *written, "");
  const std::string manifest = *ReadFile(files, "/c/step-2/manifest.json", 1 << 20);
  const auto second = PublishCheckpoint(files, "/c", 2, JobOf(tables, 2), *written, "");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(*ReadFile(files, "/c/step-2/manifest.json", 1 << 20), manifest);
}

TEST(PublishCheckpointTest, ACheckpointWithOtherWeightsIsNotReplaced) {
  MemoryFileSystem files;
  ASSERT_TRUE(SaveCheckpoint(files, "/c", 2, SmallTables(1), 2).ok());
  const absl::Status status = SaveCheckpoint(files, "/c", 2, SmallTables(2), 2).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/c/step-2"));
  ExpectWhole(files, "/c/step-2");
}

TEST(PublishCheckpointTest, DenseParametersAreHeldAndCompared) {
  MemoryFileSystem files;
  const std::vector<ModelTable> tables = SmallTables(1);
  const auto first = SaveDenseCheckpoint(files, "/c", 2, tables, SmallParameters(1), 2);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->dense, DenseDigest(Views(SmallParameters(1))));
  EXPECT_TRUE(*files.Exists("/c/step-2/dense.safetensors"));
  ExpectWhole(files, "/c/step-2");
  EXPECT_TRUE(SaveDenseCheckpoint(files, "/c", 2, tables, SmallParameters(1), 2).ok());
  const absl::Status other = SaveDenseCheckpoint(files, "/c", 2, tables, SmallParameters(2), 2).status();
  EXPECT_EQ(other.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(other.message()), HasSubstr(first->dense));
}

TEST(PublishCheckpointTest, WhatAnEarlierAttemptLeftOfDenseParametersIsRemoved) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.CreateDirectories("/c/step-2.tmp").ok());
  ASSERT_TRUE(WriteFile(files, "/c/step-2.tmp/dense.safetensors", "torn").ok());
  ASSERT_TRUE(SaveCheckpoint(files, "/c", 2, SmallTables(1), 1).ok());
  EXPECT_FALSE(*files.Exists("/c/step-2/dense.safetensors"));
}

TEST(PublishCheckpointTest, ATableFileThatIsNotThereAsReportedIsDataLoss) {
  const std::vector<ModelTable> tables = SmallTables(1);
  for (const bool removed : {true, false}) {
    MemoryFileSystem files;
    const auto written = WriteTableFiles(files, "/c", 2, tables, 2);
    const std::string path = "/c/step-2.tmp/tables-00001-of-00002.safetensors";
    ASSERT_TRUE((removed ? files.RemoveTree(path) : WriteFile(files, path, "short")).ok());
    const absl::Status status = PublishCheckpoint(files, "/c", 2, JobOf(tables, 2), *written, "").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    EXPECT_FALSE(*files.Exists("/c/step-2"));
  }
}

// Reports come from the network: none may reach outside the checkpoint or contradict the job unnoticed.
TEST(PublishCheckpointTest, MalformedReportsAreRefused) {
  MemoryFileSystem files;
  const std::vector<ModelTable> tables = SmallTables(1);
  const std::vector<CheckpointFile> good = *WriteTableFiles(files, "/c", 2, tables, 2);
  const auto refused = [&](void (*change)(std::vector<CheckpointFile>*)) {
    std::vector<CheckpointFile> reports = good;
    change(&reports);
    const absl::Status status = PublishCheckpoint(files, "/c", 2, JobOf(tables, 2), reports, "").status();
    return status.code() == absl::StatusCode::kInvalidArgument;
  };
  using Reports = std::vector<CheckpointFile>;
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].set_name("../tables-1.safetensors"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].set_name("/tables-1.safetensors"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].set_name((*r)[1].name()); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].clear_digests(); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].set_xxh3_128("?"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].set_size_bytes(1); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].mutable_digests(0)->set_table("other"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].mutable_digests(0)->set_rows(uint64_t{1} << 63); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[0].mutable_digests(0)->mutable_fields(0)->set_width(-1); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_digests(0)->mutable_fields(1)->set_name("x"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_digests(0)->clear_last_step_xxh3_128(); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_digests(0)->clear_id_xxh3_128(); }));
  EXPECT_FALSE(refused([](Reports*) {}));
}

// A file of another name could take the place of one that the publisher writes.
TEST(PublishCheckpointTest, FilesThatNoProcessWritesAreRefused) {
  MemoryFileSystem files;
  const std::vector<ModelTable> tables = SmallTables(1);
  const std::vector<CheckpointFile> good = *WriteTableFiles(files, "/c", 2, tables, 2);
  for (const std::string name :
       {"manifest.json", "job.textproto", "vocabulary/users.txt", "notes.md", "tables-00002-of-00002.safetensors",
        "tables-00000-of-00001.safetensors", "tables-0-of-2.safetensors"}) {
    for (const bool with_digests : {true, false}) {
      std::vector<CheckpointFile> reports = good;
      CheckpointFile& file = reports.emplace_back(good[1]);
      file.set_name(name);
      if (!with_digests) file.clear_digests();
      ASSERT_TRUE(WriteFile(files, "/c/step-2.tmp/notes.md", std::string(file.size_bytes(), 'x')).ok());
      const absl::Status status = PublishCheckpoint(files, "/c", 2, JobOf(tables, 2), reports, "").status();
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("file '" + name + "': no process"));
    }
  }
  EXPECT_FALSE(*files.Exists("/c/step-2"));
}

TEST(PublishCheckpointTest, ACheckpointWithoutTheRowsOfOneHolderIsRefused) {
  MemoryFileSystem files;
  const std::vector<ModelTable> tables = SmallTables(1);
  const std::vector<CheckpointFile> good = *WriteTableFiles(files, "/c", 2, tables, 3);
  const auto publish = [&](const std::vector<CheckpointFile>& reports) {
    return PublishCheckpoint(files, "/c", 2, JobOf(tables, 3), reports, "").status();
  };
  for (int lost = 0; lost < 3; ++lost) {
    std::vector<CheckpointFile> reports = good;
    reports.erase(reports.begin() + lost);
    const absl::Status status = publish(reports);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(good[lost].name() + " is missing"));
  }
  std::vector<CheckpointFile> reports = good;
  reports[1].mutable_digests()->RemoveLast();
  EXPECT_THAT(std::string(publish(reports).message()),
              HasSubstr("'tables-00001-of-00003.safetensors': it does not hold table items"));
  EXPECT_FALSE(*files.Exists("/c/step-2"));
  EXPECT_EQ(publish(good), absl::OkStatus());
}

TEST(PublishCheckpointTest, MalformedReportsOfDenseParametersAreRefused) {
  MemoryFileSystem files;
  const std::vector<ModelTable> tables = SmallTables(1);
  std::vector<CheckpointFile> good = *WriteTableFiles(files, "/c", 2, tables, 1);
  good.push_back(*WriteDenseParameters(files, "/c/step-2.tmp/dense.safetensors", Views(SmallParameters(1))));
  using Reports = std::vector<CheckpointFile>;
  const auto publish = [&](void (*change)(Reports*), bool dense = true) {
    Reports reports = good;
    change(&reports);
    return PublishCheckpoint(files, "/c", 2, JobOf(tables, 1, dense), reports, "").status();
  };
  const auto refused = [&](void (*change)(Reports*)) {
    return publish(change).code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].set_name("other.safetensors"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].set_name("tables-00001-of-00002.safetensors"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].clear_parameters(); }));
  EXPECT_TRUE(refused([](Reports* r) { *(*r)[1].add_digests() = (*r)[0].digests(0); }));
  EXPECT_TRUE(refused([](Reports* r) { *(*r)[0].add_parameters() = (*r)[1].parameters(0); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].set_size_bytes(1); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_parameters(0)->set_name("../x"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_parameters(0)->set_shape(0, int64_t{1} << 62); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_parameters(0)->set_values_xxh3_128("?"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_parameters(0)->mutable_state(0)->set_xxh3_128("?"); }));
  EXPECT_TRUE(refused([](Reports* r) { (*r)[1].mutable_parameters(0)->mutable_state(0)->set_width(-1); }));
  EXPECT_TRUE(refused([](Reports* r) { r->push_back((*r)[1]); }));
  EXPECT_THAT(std::string(publish([](Reports* r) { r->pop_back(); }).message()),
              HasSubstr("has dense parameters, but there is no dense.safetensors"));
  EXPECT_THAT(std::string(publish([](Reports*) {}, /*dense=*/false).message()),
              HasSubstr("has no dense parameters, but there is a dense.safetensors"));
  EXPECT_TRUE(publish([](Reports*) {}).ok());
}

// Saves step 2 over a complete step 1 with the machine stopping after each number of operations and keeping each
// unsynced change or not.
TEST(PublishCrashTest, ACheckpointExistsWholeOrNotAtAllAndTheSaveCanBeRepeated) {
  for (int64_t operations = 0;; ++operations) {
    for (uint64_t seed = 0; seed < 8; ++seed) {
      SCOPED_TRACE(::testing::Message() << "stopped after " << operations << " operations, seed " << seed);
      std::mt19937_64 random(seed);
      MemoryFileSystem files;
      WriteVocabulary(&files);
      const std::vector<ModelTable> tables = SmallTables(1);
      ASSERT_TRUE(SaveCheckpoint(files, "/c", 1, SmallTables(2), 1, "/run/vocabulary").ok());
      files.FailAfter(operations);
      const auto saved = SaveDenseCheckpoint(files, "/c", 2, tables, SmallParameters(1), 2, "/run/vocabulary");
      files.Crash([&] { return random() % 2 == 0; });

      const auto latest = LatestCheckpoint(files, "/c");
      ASSERT_TRUE(latest.ok()) << latest.status();
      EXPECT_TRUE(latest->step == 2 || !saved.ok()) << "a checkpoint that was reported is lost";
      ExpectWhole(files, latest->path);
      ExpectWhole(files, "/c/step-1");
      const auto repeated = SaveDenseCheckpoint(files, "/c", 2, tables, SmallParameters(1), 1, "/run/vocabulary");
      ASSERT_TRUE(repeated.ok()) << repeated.status();
      ExpectWhole(files, "/c/step-2");
      if (saved.ok() && seed == 7) return;
    }
  }
}

TEST(PublishCrashTest, AFullDiskLeavesTheEarlierCheckpoint) {
  uint64_t capacity = 4000;
  for (;; capacity += 97) {
    SCOPED_TRACE(capacity);
    MemoryFileSystem files;
    ASSERT_TRUE(SaveCheckpoint(files, "/c", 1, SmallTables(2), 1).ok());
    files.SetCapacity(capacity);
    const auto saved = SaveCheckpoint(files, "/c", 2, SmallTables(1), 2);
    ExpectWhole(files, "/c/step-1");
    if (saved.ok()) break;
    EXPECT_EQ(saved.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_FALSE(*files.Exists("/c/step-2"));
  }
  EXPECT_GT(capacity, 4000u) << "the first capacity was already enough";
}

}  // namespace
}  // namespace shoal
