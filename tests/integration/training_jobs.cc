#include "tests/integration/training_jobs.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "launcher/exit_codes.h"

namespace shoal {
namespace {

// Where examples/ and tests/reference/ are: the checkout, unless tests/gpu/run.sh has packed them elsewhere.
std::string SourceDirectory() {
  const char* const given = getenv("SHOAL_SOURCE_DIR");
  return given == nullptr ? SHOAL_SOURCE_DIR : given;
}

}  // namespace

const char kSmallJob[] = R"(
  name: "small"
  seed: 5
  data {
    train { synthetic { num_users: 90 num_items: 150 num_ratings: 3000 rank: 4 } }
    random_split { validation_fraction: 0.2 }
  }
  tables { name: "user" embedding_dim: 7 initializer { truncated_normal { std: 0.1 } } }
  tables { name: "item" embedding_dim: 7 initializer { truncated_normal { std: 0.1 } } }
  tables { name: "user_bias" embedding_dim: 1 initializer { constant { value: 0 } } }
  tables { name: "item_bias" embedding_dim: 1 initializer { constant { value: 0 } } num_partitions: 5 }
  tables { name: "global_bias" embedding_dim: 1 initializer { constant { value: 3 } } }
  model {
    matrix_factorization {
      user { column: "user_id" table: "user" }
      item { column: "item_id" table: "item" }
      target: "rating"
      user_bias_table: "user_bias"
      item_bias_table: "item_bias"
      global_bias_table: "global_bias"
    }
  }
  training {
    epochs: 2
    batch_size: 64
    learning_rate: 0.02
    schedule { one_cycle {} }
    optimizer { adam { weight_decay: 0.01 decoupled_weight_decay: true } }
    row_semantics: DENSE_EQUIVALENT
    log_every_steps: 10
  }
)";

std::string ToString(const Cluster& cluster) {
  return absl::StrCat(cluster.servers, " servers, ", cluster.workers, " workers, ", cluster.transport);
}

std::vector<std::string> TrainCommand(const std::string& job_file, const std::string& output, const Cluster& cluster,
                                      const std::vector<std::string>& set) {
  std::vector<std::string> command = {"train", job_file, "--output=" + output};
  std::vector<std::string> fields = set;
  fields.push_back(absl::StrCat("cluster.parameter_servers=", cluster.servers));
  fields.push_back(absl::StrCat("cluster.workers=", cluster.workers));
  fields.push_back("cluster.transport=" + cluster.transport);
  for (const std::string& field : fields) {
    command.push_back("--set");
    command.push_back(field);
  }
  return command;
}

std::string Train(ShoalWorkspace& workspace, const std::string& job_file, const Cluster& cluster,
                  const std::vector<std::string>& set) {
  std::string run = workspace.NewPath("run");
  const ShoalResult result = workspace.Run(TrainCommand(job_file, run, cluster, set));
  EXPECT_EQ(result.exit_code, kExitOk) << ToString(cluster) << "\n" << result.output;
  return run;
}

bool FindData(const std::string& file) {
  const char* given = getenv("SHOAL_DATA_DIR");
  const std::string directory = given == nullptr ? SourceDirectory() + "/data" : given;
  setenv("SHOAL_DATA_DIR", directory.c_str(), /*overwrite=*/1);
  return std::filesystem::exists(directory + "/" + file);
}

std::string NoData(const std::string& file) {
  return file +
         " is absent: set SHOAL_DATA_DIR to a folder with it (deploy/fetch_data.sh fetches ml-100k and mnist; "
         "docs/data.md)";
}

std::string ExampleJob(const std::string& name) { return SourceDirectory() + "/examples/" + name; }

std::string ReferencePath(const std::string& name) { return SourceDirectory() + "/tests/reference/" + name; }

}  // namespace shoal
