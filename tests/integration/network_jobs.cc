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

// tags, places, kind, positive, positive_places, negative, negative_places, other, other_places, same. A kind has tags
// and places of its own, and some are another's. `negative` is of another kind; `other` is of the same one where `same`
// is 1. Some lists are empty.
std::string Lists() {
  std::mt19937_64 random(3);
  std::string lines;
  const auto noisy = [&](uint64_t kind) { return random() % 4 == 0 ? random() % kClasses : kind; };
  const auto tags = [&](uint64_t kind, bool weights) {
    std::string list;
    for (uint64_t left = random() % 6; left > 0; --left) {
      absl::StrAppend(&list, list.empty() ? "" : ",", 1000 + kClasses * (random() % 15) + noisy(kind));
      if (weights && left % 2 == 0) absl::StrAppend(&list, ":", static_cast<double>(random() % 1000) / 500);
    }
    return list;
  };
  const auto places = [&](uint64_t kind) { return absl::StrCat(noisy(kind), " ", kClasses + noisy(kind)); };
  for (int i = 0; i < kRecords; ++i) {
    const uint64_t kind = random() % kClasses;
    const uint64_t different = (kind + 1 + random() % (kClasses - 1)) % kClasses;
    const bool same = random() % 2 == 0;
    absl::StrAppend(&lines, tags(kind, true), "\t", places(kind), "\tkind", kind);
    for (const uint64_t member : {kind, different, same ? kind : different}) {
      absl::StrAppend(&lines, "\t", tags(member, false), "\t", places(member));
    }
    absl::StrAppend(&lines, "\t", same ? 1 : 0, "\n");
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

constexpr char kListColumns[] = R"(
    columns { name: "tags" position: 0 type: ID_LIST id_list { weight_separator: ":" } }
    columns { name: "places" position: 1 type: ID_LIST id_list { separator: " " shape: [ 2, 1 ] } }
    columns { name: "kind" position: 2 type: LABEL }
    columns { name: "positive" position: 3 type: ID_LIST }
    columns { name: "positive_places" position: 4 type: ID_LIST id_list { separator: " " shape: 2 } }
    columns { name: "negative" position: 5 type: ID_LIST id_list { ids: STRING_ID } }
    columns { name: "negative_places" position: 6 type: ID_LIST id_list { separator: " " shape: 2 } }
    columns { name: "other" position: 7 type: ID_LIST }
    columns { name: "other_places" position: 8 type: ID_LIST id_list { separator: " " shape: 2 } }
    columns { name: "same" position: 9 type: NUMBER }
)";

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

// Of all models of lists.
constexpr char kListTables[] = R"(
  tables { name: "tag" embedding_dim: 6 initializer { uniform { low: -0.2 high: 0.2 } } }
  tables { name: "place" num_embeddings: 8 embedding_dim: 3 initializer { uniform { low: -0.2 high: 0.2 } } }
)";

constexpr char kIdLists[] = R"(
  model {
    network {
      features { bag { column: "tags" table: "tag" mode: SUM } }
      features { id { column: "places" table: "place" } }
      tower { linear { out_features: 8 } }
      tower { tanh {} }
      tower { linear { out_features: 4 } }
      label: "kind"
      loss { softmax_cross_entropy {} }
    }
  }
)";

constexpr char kGivenTriplets[] = R"(
  model {
    network {
      features { bag { column: "tags" table: "tag" mode: SUM } }
      features { id { column: "places" table: "place" } }
      members { columns: [ "positive", "positive_places" ] }
      members { columns: [ "negative", "negative_places" ] }
      tower { linear { out_features: 8 } }
      tower { tanh {} }
      tower { dropout { p: 0.2 } }
      tower { linear { out_features: 3 } }
      loss { triplet { mining: GIVEN margin: 0.5 } }
    }
  }
)";

constexpr char kGivenPairs[] = R"(
  model {
    network {
      features { bag { column: "tags" table: "tag" mode: SUM } }
      features { id { column: "places" table: "place" } }
      members { columns: [ "other", "other_places" ] }
      tower { linear { out_features: 8 } }
      tower { tanh {} }
      tower { dropout { p: 0.2 } }
      tower { linear { out_features: 3 } }
      loss { contrastive { mining: GIVEN same: "same" } }
    }
  }
)";

// The fields of a DataSource.
std::string WriteImages(const ShoalWorkspace& workspace) {
  const Images images = MakeImages();
  return absl::StrCat("path: \"", workspace.WriteFile("images", images.pixels), "\" labels_path: \"",
                      workspace.WriteFile("labels", images.labels), "\" format: IDX");
}

std::string WriteRecords(const ShoalWorkspace& workspace) {
  return absl::StrCat("path: \"", workspace.WriteFile("records.tsv", Records()), "\"");
}

std::string WriteLists(const ShoalWorkspace& workspace) {
  return absl::StrCat("path: \"", workspace.WriteFile("lists.tsv", Lists()), "\"");
}

std::string MakePairs(const ShoalWorkspace& /*workspace*/) {
  return "synthetic { num_users: 60 num_items: 90 num_ratings: 750 }";
}

struct NetworkJob {
  std::string model;  // Tables too.
  std::string (*write_data)(const ShoalWorkspace& workspace) = WriteRecords;
  const char* columns = kRecordColumns;
};

NetworkJob ListJob(const std::string& model) { return {kListTables + model, WriteLists, kListColumns}; }

const std::map<std::string, NetworkJob>& Jobs() {
  static const auto* const jobs =
      new std::map<std::string, NetworkJob>{{"Classification", {kClassification}},
                                            {"Text", {kText}},
                                            {"BagAlone", {kBagAlone}},
                                            {"EmbeddingRules", {kEmbeddingRules}},
                                            {"Triplet", {kTriplet, WriteImages, ""}},
                                            {"Contrastive", {kContrastive}},
                                            {"SampledSoftmax", {kSampledSoftmax}},
                                            {"IdLists", ListJob(kIdLists)},
                                            {"GivenTriplets", ListJob(kGivenTriplets)},
                                            {"GivenPairs", ListJob(kGivenPairs)},
                                            {"Bpr", {ImplicitModel("BPR"), MakePairs, ""}},
                                            {"Logistic", {ImplicitModel("LOGISTIC"), MakePairs, ""}}};
  return *jobs;
}

}  // namespace

std::vector<std::string> NetworkJobNames() {
  std::vector<std::string> names;
  for (const auto& job : Jobs()) names.push_back(job.first);
  return names;
}

std::string WriteNetworkJob(const ShoalWorkspace& workspace, const std::string& name) {
  const NetworkJob& job = Jobs().at(name);
  const std::string model =
      absl::StrReplaceAll(job.model, {{"${VECTORS}", workspace.WriteFile("vectors.txt", Vectors())}});
  return workspace.WriteFile(
      name + ".textproto",
      absl::StrCat("name: \"", name, "\" seed: 5\ndata { train { ", job.write_data(workspace),
                   " } random_split { validation_fraction: 0.2 }", job.columns, "}", model, kTraining));
}

}  // namespace shoal
