#include "common/checkpoint/checkpoint_reader.h"

#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/publish_checkpoint.h"
#include "common/checkpoint/table_group_writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/common/base/memory_file_system.h"
#include "tests/common/checkpoint/test_checkpoint.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

constexpr char kCheckpoint[] = "/c/step-2";

// Reads as training does: all that it streams, but no file as a whole.
absl::Status ReadAsTrainingDoes(FileSystem& files) {
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(files, kCheckpoint));
  for (const ManifestTable& table : reader.manifest().tables) {
    SHOAL_RETURN_IF_ERROR(ReadRows(reader, table.schema.table).status());
    SHOAL_RETURN_IF_ERROR(reader.ReadVocabulary(table.schema.table).status());
  }
  return reader.ReadParameters().status();
}

absl::Status Verify(FileSystem& files) {
  SHOAL_ASSIGN_OR_RETURN(const CheckpointReader reader, CheckpointReader::Open(files, kCheckpoint));
  return reader.VerifyAllBytes();
}

// A checkpoint with every kind of file: two table files, dense parameters, a vocabulary, a job, a manifest.
class CheckpointReaderTest : public ::testing::Test {
 protected:
  CheckpointReaderTest() {
    std::mt19937_64 random(3);
    tables_ = {RandomModelTable("users", 5, 2, true, 2, &random), RandomModelTable("items", 4, 1, false, 2, &random)};
    EXPECT_TRUE(files_.CreateDirectories("/run").ok());
    EXPECT_TRUE(WriteFile(files_, "/run/users.txt", "ann\nbob\n\ncy cle\nd\n").ok());
    parameters_ = {RandomParameter("tower.0.weight", {2, 3}, &random), RandomParameter("tower.1.weight", {2}, &random)};
    const auto digests = SaveDenseCheckpoint(files_, "/c", 2, tables_, parameters_, 2, "/run");
    EXPECT_TRUE(digests.ok()) << digests.status();
    digests_ = *digests;
    const std::vector<std::string> entries = *files_.ListDirectory(kCheckpoint);
    for (const std::string& name : entries) {
      names_.push_back(name == "vocabulary" ? "vocabulary/users.txt" : name);
    }
  }

  std::string Get(const std::string& name) { return *ReadFile(files_, absl::StrCat(kCheckpoint, "/", name), 1 << 20); }
  void Put(const std::string& name, absl::string_view contents) {
    ASSERT_TRUE(WriteFile(files_, absl::StrCat(kCheckpoint, "/", name), contents).ok());
  }

  // Expects that both ways of reading fail with a message that names the file.
  void ExpectDamageIsFound(const std::string& name) {
    for (const absl::Status& status : {ReadAsTrainingDoes(files_), Verify(files_)}) {
      ASSERT_FALSE(status.ok());
      ASSERT_THAT(std::string(status.message()), HasSubstr(name));
    }
  }

  // Replaces the manifest by one with a valid checksum.
  void PutManifest(Json manifest) {
    manifest.erase("manifest_xxh3_128");
    std::string text = manifest.dump(2);
    text.resize(text.size() - 2);
    Put("manifest.json", absl::StrCat(text, ",\n  \"manifest_xxh3_128\": \"", HashToHex(Hash128(text)), "\"\n}\n"));
  }

  MemoryFileSystem files_;
  std::vector<ModelTable> tables_;
  std::vector<LoadedParameter> parameters_;
  CheckpointDigests digests_;
  std::vector<std::string> names_;  // Of all files of the checkpoint.
};

TEST_F(CheckpointReaderTest, GivesBackWhatWasSaved) {
  const auto reader = CheckpointReader::Open(files_, kCheckpoint);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->manifest().step, 2u);
  EXPECT_EQ(reader->manifest().weights_digest, digests_.weights);
  EXPECT_EQ(*reader->RecomputeWeightsDigest(), digests_.weights);
  EXPECT_EQ(reader->manifest().dense_digest, digests_.dense);
  EXPECT_EQ(*reader->RecomputeDenseDigest(), digests_.dense);
  EXPECT_EQ(reader->job().SerializeAsString(), JobOf(tables_, 2, /*dense=*/true).SerializeAsString());
  EXPECT_TRUE(reader->VerifyAllBytes().ok());
  for (const ModelTable& table : tables_) {
    const auto rows = ReadRows(*reader, table.schema.table);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(*rows, table.rows);
  }
  EXPECT_EQ(*reader->ReadVocabulary("users"), (std::vector<std::string>{"ann", "bob", "", "cy cle", "d"}));
  EXPECT_TRUE(reader->ReadVocabulary("items")->empty());
  const auto parameters = reader->ReadParameters();
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  ASSERT_EQ(parameters->size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((*parameters)[i].name, parameters_[i].name);
    EXPECT_EQ((*parameters)[i].shape, parameters_[i].shape);
    EXPECT_EQ((*parameters)[i].values, parameters_[i].values);
  }
}

TEST_F(CheckpointReaderTest, OnlyTheCheckpointOfTheStepIsOpened) {
  EXPECT_TRUE(CheckpointReader::OpenStep(files_, kCheckpoint, 2).ok());
  EXPECT_EQ(CheckpointReader::OpenStep(files_, kCheckpoint, 3).status(),
            absl::DataLossError("checkpoint /c/step-2 is of step 2, not of step 3"));
}

TEST_F(CheckpointReaderTest, AChangedVocabularyIsFoundWithoutReadingTheRest) {
  EXPECT_EQ(CheckpointReader::Open(files_, kCheckpoint)->VerifyVocabularies(), absl::OkStatus());
  Put("vocabulary/users.txt", "ann\nbob\n\ncy cle\ne\n");
  EXPECT_THAT(std::string(CheckpointReader::Open(files_, kCheckpoint)->VerifyVocabularies().message()),
              HasSubstr("vocabulary/users.txt"));
}

TEST_F(CheckpointReaderTest, AnUnknownParameterIsAnsweredWithTheKnownOnes) {
  const auto reader = CheckpointReader::Open(files_, kCheckpoint);
  EXPECT_EQ(reader->ReadParameter("tower.1.weight")->values, parameters_[1].values);
  const absl::Status status = reader->ReadParameter("tower.2.weight").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("tower.0.weight, tower.1.weight"));
}

TEST_F(CheckpointReaderTest, ACheckpointWithoutDenseParametersIsAVersion1AndSaysSo) {
  ASSERT_TRUE(SaveCheckpoint(files_, "/c", 3, tables_, 1).ok());
  EXPECT_EQ(Json::parse(*ReadFile(files_, "/c/step-3/manifest.json", 1 << 20))["version"], 1);
  const auto reader = CheckpointReader::Open(files_, "/c/step-3");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_TRUE(reader->VerifyAllBytes().ok());
  EXPECT_EQ(reader->manifest().dense_digest, "");
  EXPECT_EQ(*reader->RecomputeDenseDigest(), "");
  EXPECT_TRUE(reader->ReadParameters()->empty());
  EXPECT_THAT(std::string(reader->ReadParameter("x").status().message()), HasSubstr("has no dense parameters"));
}

// A manifest of its own accord cannot hide them, though every checksum is right.
TEST_F(CheckpointReaderTest, DenseParametersThatTheManifestLeavesOutAreMissed) {
  Json manifest = Json::parse(Get("manifest.json"));
  ASSERT_EQ(manifest["files"][2]["name"], "dense.safetensors");
  manifest["files"].erase(2);
  PutManifest(manifest);
  EXPECT_THAT(std::string(Verify(files_).message()), HasSubstr("dense_digest is not that of the dense parameters"));
  manifest["version"] = 1;
  manifest.erase("dense_digest");
  PutManifest(manifest);
  EXPECT_THAT(std::string(Verify(files_).message()),
              HasSubstr("the job's model has dense parameters, but there is no dense.safetensors"));
}

TEST(CheckpointReaderVocabularyTest, RowsBehindTheKeysOfATextAreItsHashBuckets) {
  // What is read where the vocabulary of a table of 5 rows, 2 of them buckets, has these bytes.
  const auto read = [](absl::string_view vocabulary, int64_t buckets) {
    MemoryFileSystem files;
    std::mt19937_64 random(3);
    const std::vector<ModelTable> tables = {RandomModelTable("words", 5, 2, true, 2, &random)};
    ResolvedJob job = JobOf(tables, 1);
    BagFeature* bag = job.mutable_job()->mutable_model()->mutable_network()->add_features()->mutable_bag();
    bag->set_column("text");
    bag->set_table("words");
    ColumnConfig* column = job.mutable_job()->mutable_data()->add_columns();
    column->set_name("text");
    column->set_type(ColumnConfig::TEXT);
    column->mutable_text()->set_hash_buckets(buckets);
    EXPECT_TRUE(files.CreateDirectories("/run").ok());
    EXPECT_TRUE(WriteFile(files, "/run/words.txt", vocabulary).ok());
    const auto written = WriteTableFiles(files, "/c", 2, tables, 1);
    EXPECT_TRUE(PublishCheckpoint(files, "/c", 2, job, *written, "/run").ok());
    return CheckpointReader::Open(files, kCheckpoint)->ReadVocabulary("words");
  };
  EXPECT_EQ(*read("a\nb\nc\n", 2), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(read("", 5)->empty());
  EXPECT_THAT(std::string(read("a\nb\n", 2).status().message()),
              HasSubstr("words.txt has 2 keys; the table has 5 rows, 2 of them hash buckets"));
}

TEST_F(CheckpointReaderTest, AnUnknownTableIsAnsweredWithTheKnownOnes) {
  const auto reader = CheckpointReader::Open(files_, kCheckpoint);
  const absl::Status status = ReadRows(*reader, "user").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("users, items"));
}

TEST_F(CheckpointReaderTest, AnErrorOfTheVisitorEndsTheReading) {
  const auto reader = CheckpointReader::Open(files_, kCheckpoint);
  int visited = 0;
  const absl::Status status = reader->ForEachRow("users", [&](const LoadedRow&) {
    ++visited;
    return absl::CancelledError("enough");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(visited, 1);
}

TEST_F(CheckpointReaderTest, EveryFlippedBitOfEveryFileIsFound) {
  for (const std::string& name : names_) {
    const std::string good = Get(name);
    for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
      std::string bad = good;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
      Put(name, bad);
      SCOPED_TRACE(::testing::Message() << name << ", bit " << bit);
      ASSERT_NO_FATAL_FAILURE(ExpectDamageIsFound(name));
    }
    Put(name, good);
  }
  EXPECT_TRUE(ReadAsTrainingDoes(files_).ok());
}

TEST_F(CheckpointReaderTest, EveryOtherLengthOfEveryFileIsFound) {
  for (const std::string& name : names_) {
    const std::string good = Get(name);
    for (size_t length = 0; length <= good.size() + 1; ++length) {
      if (length == good.size()) continue;
      std::string bad = good;
      bad.resize(length, '\n');
      Put(name, bad);
      SCOPED_TRACE(::testing::Message() << name << ", " << length << " bytes");
      ASSERT_NO_FATAL_FAILURE(ExpectDamageIsFound(name));
    }
    Put(name, good);
  }
}

TEST_F(CheckpointReaderTest, AMissingFileIsNamed) {
  for (const std::string& name : names_) {
    const std::string good = Get(name);
    ASSERT_TRUE(files_.RemoveTree(absl::StrCat(kCheckpoint, "/", name)).ok());
    ASSERT_NO_FATAL_FAILURE(ExpectDamageIsFound(name));
    Put(name, good);
  }
}

// Every value of the manifest, in turn, becomes something that it cannot be, under a valid checksum.
TEST_F(CheckpointReaderTest, NoValueOfTheManifestIsTrusted) {
  const Json good = Json::parse(Get("manifest.json"));
  const std::vector<Json> hostile = {nullptr,
                                     -1,
                                     0.5,
                                     1e308,
                                     std::numeric_limits<uint64_t>::max(),
                                     "NaN",
                                     "../../etc/passwd",
                                     Json::array({1}),
                                     Json::object({{"a", 1}}),
                                     Json::array({Json::array(), "x"})};
  int changes = 0;
  const Json leaves = good.flatten();
  for (const auto& [pointer, unused] : leaves.items()) {
    // Each leaf, and each container on the way to it.
    for (Json::json_pointer place(pointer); !place.empty(); place.pop_back()) {
      if (absl::StrContains(place.to_string(), "manifest_xxh3_128")) continue;
      for (const Json& value : hostile) {
        Json bad = good;
        bad[place] = value;
        PutManifest(bad);
        const absl::Status status = Verify(files_);
        ASSERT_FALSE(status.ok()) << place.to_string() << " = " << value.dump();
        ++changes;
      }
    }
  }
  EXPECT_GT(changes, 500);
  PutManifest(good);
  EXPECT_TRUE(Verify(files_).ok());
}

TEST_F(CheckpointReaderTest, EveryFieldOfTheManifestIsRequired) {
  const Json good = Json::parse(Get("manifest.json"));
  for (const char* field : {"/format",
                            "/version",
                            "/step",
                            "/weights_digest",
                            "/dense_digest",
                            "/tables",
                            "/files",
                            "/tables/0/name",
                            "/tables/0/num_embeddings",
                            "/tables/0/embedding_dim",
                            "/tables/0/num_partitions",
                            "/tables/0/has_last_step",
                            "/tables/0/fields",
                            "/tables/0/fields/0/name",
                            "/tables/0/fields/0/width",
                            "/tables/0/rows",
                            "/tables/0/digest",
                            "/files/0/name",
                            "/files/0/size_bytes",
                            "/files/0/xxh3_128",
                            "/files/0/tables",
                            "/files/0/tables/0/table",
                            "/files/0/tables/0/rows",
                            "/files/0/tables/0/digest",
                            "/files/0/tables/0/id",
                            "/files/0/tables/0/last_step",
                            "/files/0/tables/0/fields",
                            "/files/2/parameters",
                            "/files/2/parameters/0/name",
                            "/files/2/parameters/0/shape",
                            "/files/2/parameters/0/values",
                            "/files/2/parameters/0/state",
                            "/files/2/parameters/0/state/0/name",
                            "/files/2/parameters/0/state/0/width",
                            "/files/2/parameters/0/state/0/xxh3_128"}) {
    const Json::json_pointer place(field);
    Json bad = good;
    ASSERT_EQ(bad[place.parent_pointer()].erase(place.back()), 1u) << field;
    PutManifest(bad);
    EXPECT_FALSE(Verify(files_).ok()) << field;
  }
}

TEST_F(CheckpointReaderTest, AManifestThatIsNoJsonObjectIsRefused) {
  for (const std::string text : {"", "{", "[", "{\"a\":[[[[", "\xff\xfe", "nonsense"}) {
    Put("manifest.json", absl::StrCat(text, ",\n  \"manifest_xxh3_128\": \"", HashToHex(Hash128(text)), "\"\n}\n"));
    EXPECT_FALSE(Verify(files_).ok()) << text;
  }
  const std::string deep = absl::StrCat("{\"a\": ", std::string(1 << 20, '['));
  Put("manifest.json", absl::StrCat(deep, ",\n  \"manifest_xxh3_128\": \"", HashToHex(Hash128(deep)), "\"\n}\n"));
  EXPECT_FALSE(Verify(files_).ok());
}

TEST_F(CheckpointReaderTest, AnotherVersionIsRefusedByNumber) {
  Json manifest = Json::parse(Get("manifest.json"));
  manifest["version"] = 3;
  PutManifest(manifest);
  EXPECT_THAT(std::string(Verify(files_).message()), HasSubstr("version is 3"));
}

// Headers that a table file might claim, under a manifest whose hash of the file agrees.
TEST_F(CheckpointReaderTest, AHeaderThatSaysAnythingElseIsRefused) {
  const std::string name = "tables-00000-of-00002.safetensors";
  const std::string good = Get(name);
  uint64_t length = 0;
  std::memcpy(&length, good.data(), sizeof(length));
  const Json header = Json::parse(good.substr(8, length));
  std::vector<std::string> hostile = {std::string(length, ' '), std::string(length, '{'), "{}"};
  const auto claim = [&](const char* pointer, const Json& value) {
    Json bad = header;
    bad[Json::json_pointer(pointer)] = value;
    hostile.push_back(bad.dump());
  };
  claim("/users.weight/data_offsets", header["users.id"]["data_offsets"]);  // Overlap.
  claim("/users.weight/data_offsets/1", std::numeric_limits<uint64_t>::max());
  claim("/users.weight/data_offsets/0", -8);
  claim("/users.weight/shape/0", uint64_t{1} << 62);
  claim("/users.weight/shape", nullptr);
  claim("/users.weight/dtype", "F64");
  claim("/users.weight/shape/0", "NaN");
  for (std::string& json : hostile) {
    std::string bad = good;
    json.resize(length, ' ');
    bad.replace(8, length, json);
    Put(name, bad);
    Json manifest = Json::parse(Get("manifest.json"));
    for (Json& file : manifest["files"]) {
      if (file["name"] == name) file["xxh3_128"] = HashToHex(Hash128(bad));
    }
    PutManifest(manifest);
    ASSERT_NO_FATAL_FAILURE(ExpectDamageIsFound(name)) << json;
  }
  for (const uint64_t claimed : {uint64_t{0}, length + 64, std::numeric_limits<uint64_t>::max()}) {
    std::string bad = good;
    std::memcpy(bad.data(), &claimed, sizeof(claimed));
    Put(name, bad);
    ASSERT_NO_FATAL_FAILURE(ExpectDamageIsFound(name));
  }
}

// Rows that contradict the table though every checksum is right.
class ContradictoryRowsTest : public ::testing::Test {
 protected:
  // Saves one table with the ids of each file changed by `change`.
  absl::Status SaveAndRead(std::vector<ModelTable> tables, void (*change)(int file, std::vector<uint64_t>* ids)) {
    MemoryFileSystem files;
    std::vector<CheckpointFile> written;
    for (int i = 0; i < 2; ++i) {
      ModelTableRows rows(tables.data(), i, 2);
      change(i, rows.mutable_ids());
      const auto file = WriteTableGroup(files, absl::StrCat("/c/step-2.tmp/", TableGroupFileName(i, 2)), {&rows});
      SHOAL_RETURN_IF_ERROR(file.status());
      written.push_back(*file);
    }
    SHOAL_RETURN_IF_ERROR(PublishCheckpoint(files, "/c", 2, JobOf(tables, 2), written, "").status());
    return ReadAsTrainingDoes(files);
  }

  static ModelTable Table() {
    std::mt19937_64 random(4);
    return RandomModelTable("t", 40, 2, true, 2, &random);
  }
  static void Unchanged(int /*file*/, std::vector<uint64_t>* /*ids*/) {}
};

TEST_F(ContradictoryRowsTest, AreReadWhereThereIsNoContradiction) {
  const absl::Status status = SaveAndRead({Table()}, Unchanged);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ContradictoryRowsTest, IdsOutOfOrderAreFound) {
  const absl::Status status =
      SaveAndRead({Table()}, [](int, std::vector<uint64_t>* ids) { std::swap((*ids)[0], (*ids)[1]); });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("out of order"));
}

TEST_F(ContradictoryRowsTest, AnIdTwiceInOneFileIsFound) {
  EXPECT_EQ(SaveAndRead({Table()}, [](int, std::vector<uint64_t>* ids) { (*ids)[1] = (*ids)[0]; }).code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(ContradictoryRowsTest, AnIdInTwoFilesIsFound) {
  const absl::Status status = SaveAndRead({Table()}, [](int file, std::vector<uint64_t>* ids) {
    static uint64_t first_file_id = 0;
    if (file == 0) first_file_id = (*ids)[1];
    if (file == 1) *ids = {first_file_id};
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("two files"));
}

TEST_F(ContradictoryRowsTest, AnIdBeyondTheTableIsFound) {
  ModelTable table = Table();
  table.rows[40] = table.rows.begin()->second;
  EXPECT_EQ(SaveAndRead({table}, Unchanged).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ContradictoryRowsTest, ALastStepBeyondTheCheckpointsIsFound) {
  ModelTable table = Table();
  table.rows.begin()->second.last_step = 3;
  const absl::Status status = SaveAndRead({table}, Unchanged);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("last_step 3"));
}

TEST(CheckpointShardingTest, RowsAndDigestAreTheSameForAnyNumberOfServers) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::vector<ModelTable> tables = {RandomModelTable("users", 3000, 17, true, 9, &random),
                                          RandomModelTable("items", 500, 1, false, 9, &random),
                                          RandomModelTable("nobody", 0, 4, false, 9, &random)};
  std::string digest;
  for (const int servers : {1, 2, 3, 5, 11}) {
    SCOPED_TRACE(servers);
    MemoryFileSystem files;
    const auto saved = SaveCheckpoint(files, "/c", 9, tables, servers);
    ASSERT_TRUE(saved.ok()) << saved.status();
    if (digest.empty()) digest = *saved;
    EXPECT_EQ(*saved, digest);
    const auto reader = CheckpointReader::Open(files, "/c/step-9");
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ(*reader->RecomputeWeightsDigest(), digest);
    for (const ModelTable& table : tables) EXPECT_EQ(*ReadRows(*reader, table.schema.table), table.rows);
  }
}

TEST(CheckpointShardingTest, TablesLargerThanTheReadBufferComeWhole) {
  std::mt19937_64 random(5);
  const std::vector<ModelTable> tables = {RandomModelTable("t", 60'000, 50, true, 9, &random)};  // 24 MB of rows.
  MemoryFileSystem files;
  ASSERT_TRUE(SaveCheckpoint(files, "/c", 9, tables, 2).ok());
  const auto reader = CheckpointReader::Open(files, "/c/step-9");
  EXPECT_EQ(*ReadRows(*reader, "t"), tables[0].rows);
  EXPECT_TRUE(reader->VerifyAllBytes().ok());
}

}  // namespace
}  // namespace shoal
