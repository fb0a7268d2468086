#include "tests/integration/network_jobs.h"

#include <cstdint>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace shoal {
namespace {

constexpr int kClasses = 4;
// A fifth is for validation. 600 records in batches of 16, or 760 images in batches of 20, are 38 steps.
constexpr int kRecords = 750;
constexpr int kImages = 950;
constexpr int kImageSide = 5;

// user, message, x, y, kind. A kind has words and a place of its own, and each field is sometimes another kind's. Some
// messages are empty.
std::string Records() {
  std::mt19937_64 random(1);  // Its numbers are the same everywhere; those of distributions are not.
  std::string lines;
  for (int i = 0; i < kRecords; ++i) {
    const uint64_t kind = random() % kClasses;
    const auto noisy = [&] { return random() % 4 == 0 ? random() % kClasses : kind; };
    absl::StrAppend(&lines, "u", kClasses * (random() % 12) + noisy(), "\t");
    const uint64_t words = random() % 8;
    for (uint64_t word = 0; word < words; ++word) {
      absl::StrAppend(&lines, word > 0 ? " " : "", "w", kClasses * (random() % 15) + noisy());
    }
    for (const int shift : {0, 1}) {
      const double place = static_cast<double>((noisy() >> shift) & 1) + static_cast<double>(random() % 1000) / 1000;
      absl::StrAppend(&lines, "\t", place);
    }
    absl::StrAppend(&lines, "\tkind", kind, "\n");
  }
  return lines;
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

struct Images {
  std::string pixels;
  std::string labels;
};

// IDX files of noise with a bright row: that of the label.
Images MakeImages() {
  Images images = {BigEndian(0x803) + BigEndian(kImages) + BigEndian(kImageSide) + BigEndian(kImageSide),
                   BigEndian(0x801) + BigEndian(kImages)};
  std::mt19937_64 random(2);
  for (int i = 0; i < kImages; ++i) {
    const uint64_t label = random() % kImageSide;
    images.labels.push_back(static_cast<char>(label));
    for (uint64_t pixel = 0; pixel < kImageSide * kImageSide; ++pixel) {
      images.pixels.push_back(static_cast<char>(random() % 160 + (pixel / kImageSide == label ? 95 : 0)));
    }
  }
  return images;
}

constexpr char kRecordColumns[] = R"(
    columns { name: "user" position: 0 }
    columns { name: "message" position: 1 type: TEXT text { word_ngrams: 2 min_count: 2 } }
    columns { name: "x" position: 2 type: NUMBER }
    columns { name: "y" position: 3 type: NUMBER }
    columns { name: "kind" position: 4 type: LABEL }
)";

constexpr char kPairs[] = "synthetic { num_users: 60 num_items: 90 num_ratings: 750 }";

constexpr char kTraining[] = R"(
  training { epochs: 2 batch_size: 16 learning_rate: 0.01 optimizer { adam {} } log_every_steps: 10 }
)";

constexpr char kClassification[] = R"(
  tables { name: "user" embedding_dim: 5 initializer { truncated_normal { std: 0.1 } } }
  tables {
    name: "word"
    embedding_dim: 7
    initializer { uniform { low: -0.1 high: 0.1 } }
    num_partitions: 5
    optimizer { adam { weight_decay: 0.01 decoupled_weight_decay: true } }
    row_semantics: DENSE_EQUIVALENT
  }
  model {
    network {
      features { id { column: "user" table: "user" } }
      features { bag { column: "message" table: "word" } }
      features { dense { columns: "x" columns: "y" } }
      tower { linear { out_features: 11 } }
      tower { layer_norm {} }
      tower { prelu { num_parameters: 11 } }
      tower { dropout { p: 0.2 } }
      tower { linear { out_features: 4 } }
      label: "kind"
      loss { softmax_cross_entropy { weight: [ 1, 2, 0.5, 1 ] label_smoothing: 0.1 top_k: 2 } }
    }
  }
)";

constexpr char kText[] = R"(
  tables { name: "word" embedding_dim: 9 initializer { uniform { low: -0.1 high: 0.1 } } }
  model {
    network {
      features { bag { column: "message" table: "word" } }
      tower { linear { out_features: 4 } }
      label: "kind"
      loss { softmax_cross_entropy {} }
    }
  }
)";

constexpr char kBagAlone[] = R"(
  tables { name: "word" embedding_dim: 4 initializer { uniform { low: -0.1 high: 0.1 } } }
  model {
    network {
      features { bag { column: "message" table: "word" mode: SUM } }
      label: "kind"
      loss { softmax_cross_entropy {} }
    }
  }
)";

constexpr char kTriplet[] = R"(
  model {
    network {
      features { image { column: "image" mean: 0.4 std: 0.2 } }
      tower { linear { out_features: 12 } }
      tower { relu {} }
      tower { linear { out_features: 3 } }
      label: "label"
      balanced_batches { classes: 4 samples: 5 }
      loss { triplet { mining: RANDOM_HARD margin: 1 } }
    }
  }
)";

constexpr char kContrastive[] = R"(
  tables { name: "user" embedding_dim: 6 initializer { truncated_normal { std: 0.1 } } }
  model {
    network {
      features { id { column: "user" table: "user" } }
      features { dense { columns: "x" columns: "y" } }
      tower { linear { out_features: 10 } }
      tower { tanh {} }
      tower { linear { out_features: 3 } }
      label: "kind"
      loss { contrastive { mining: ONLINE margin: 1 } }
    }
  }
)";

// One table learns under the rules of torch.nn.Embedding, the other is frozen: some words have pretrained vectors.
constexpr char kEmbeddingRules[] = R"(
  tables {
    name: "user"
    embedding_dim: 6
    initializer { normal { std: 0.3 } }
    padding_idx: -2
    max_norm: 0.5
    scale_grad_by_freq: true
    optimizer { adam { weight_decay: 0.01 } }
    row_semantics: DENSE_EQUIVALENT
  }
  tables {
    name: "word"
    embedding_dim: 3
    num_partitions: 5
    padding_idx: 0
    pretrained { path: "${VECTORS}" match: BY_WORD missing: INITIALIZE }
  }
  model {
    network {
      features { id { column: "user" table: "user" } }
      features { bag { column: "message" table: "word" } }
      tower { linear { out_features: 4 } }
      label: "kind"
      loss { softmax_cross_entropy {} }
    }
  }
)";

constexpr char kSampledSoftmax[] = R"(
  tables { name: "user" embedding_dim: 5 initializer { truncated_normal { std: 0.1 } } }
  tables { name: "word" embedding_dim: 7 initializer { uniform { low: -0.1 high: 0.1 } } }
  tables {
    name: "kind"
    embedding_dim: 6
    initializer { truncated_normal { std: 0.1 } }
    num_partitions: 5
    row_semantics: DENSE_EQUIVALENT
  }
  tables { name: "kind_bias" embedding_dim: 1 initializer { constant { value: 0 } } }
  model {
    network {
      features { id { column: "user" table: "user" } }
      features { bag { column: "message" table: "word" } }
      tower { linear { out_features: 6 } }
      label: "kind"
      loss { sampled_softmax { num_sampled: 2 table: "kind" bias_table: "kind_bias" } }
    }
  }
)";

// GloVe text: every other word, and one that no message has.
std::string Vectors() {
  std::mt19937_64 random(3);
  std::string lines;
  for (int word = 0; word < kClasses * 15 + 2; word += 2) {
    absl::StrAppend(&lines, "w", word);
    for (int i = 0; i < 3; ++i) absl::StrAppend(&lines, " ", static_cast<double>(random() % 2000) / 1000 - 1);
    absl::StrAppend(&lines, "\n");
  }
  return lines;
}

constexpr char kImplicit[] = R"(
  tables { name: "user" embedding_dim: 7 initializer { truncated_normal { std: 0.1 } } }
  tables { name: "item" embedding_dim: 7 initializer { truncated_normal { std: 0.1 } } num_partitions: 5 }
  tables { name: "item_bias" embedding_dim: 1 initializer { constant { value: 0 } } row_semantics: DENSE_EQUIVALENT }
  model {
    implicit_factorization {
      loss: LOSS
      num_negatives: 2
      reject_known: true
      user { column: "user_id" table: "user" }
      item { column: "item_id" table: "item" }
      item_bias_table: "item_bias"
    }
  }
)";

std::string ImplicitModel(const std::string& loss) { return absl::StrReplaceAll(kImplicit, {{"LOSS", loss}}); }

const std::map<std::string, std::string>& Models() {
  static const auto* const models = new std::map<std::string, std::string>{{"Classification", kClassification},
                                                                           {"Text", kText},
                                                                           {"BagAlone", kBagAlone},
                                                                           {"EmbeddingRules", kEmbeddingRules},
                                                                           {"Triplet", kTriplet},
                                                                           {"Contrastive", kContrastive},
                                                                           {"SampledSoftmax", kSampledSoftmax},
                                                                           {"Bpr", ImplicitModel("BPR")},
                                                                           {"Logistic", ImplicitModel("LOGISTIC")}};
  return *models;
}

// The fields of a DataSource.
std::string WriteImages(const ShoalWorkspace& workspace) {
  const Images images = MakeImages();
  return absl::StrCat("path: \"", workspace.WriteFile("images", images.pixels), "\" labels_path: \"",
                      workspace.WriteFile("labels", images.labels), "\" format: IDX");
}

std::string WriteRecords(const ShoalWorkspace& workspace) {
  return absl::StrCat("path: \"", workspace.WriteFile("records.tsv", Records()), "\"");
}

}  // namespace

std::vector<std::string> NetworkJobNames() {
  std::vector<std::string> names;
  for (const auto& model : Models()) names.push_back(model.first);
  return names;
}

std::string WriteNetworkJob(const ShoalWorkspace& workspace, const std::string& name) {
  std::string train = kPairs;
  std::string columns;
  if (name == "Triplet") {
    train = WriteImages(workspace);
  } else if (name != "Bpr" && name != "Logistic") {
    train = WriteRecords(workspace);
    columns = kRecordColumns;
  }
  const std::string model =
      absl::StrReplaceAll(Models().at(name), {{"${VECTORS}", workspace.WriteFile("vectors.txt", Vectors())}});
  return workspace.WriteFile(name + ".textproto", absl::StrCat("name: \"", name, "\" seed: 5\ndata { train { ", train,
                                                               " } random_split { validation_fraction: 0.2 }", columns,
                                                               "}", model, kTraining));
}

}  // namespace shoal
