// The JSON text of a manifest.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/manifest.h"
#include "nlohmann/json.hpp"

namespace shoal {
namespace {

// Written in the order of the format's page; read into sorted maps, so that hostile objects cost no quadratic time.
using OrderedJson = nlohmann::ordered_json;
using Json = nlohmann::json;

constexpr char kFormat[] = "shoal-checkpoint";
// The first has no dense parameters, the second always has.
constexpr uint64_t kTablesVersion = 1;
constexpr uint64_t kDenseVersion = 2;

// What follows the bytes that the checksum covers.
std::string Ending(absl::string_view covered) {
  return absl::StrCat(",\n  \"manifest_xxh3_128\": \"", HashToHex(Hash128(covered)), "\"\n}\n");
}

OrderedJson EncodeTable(const ManifestTable& table) {
  OrderedJson fields = OrderedJson::array();
  for (const RowField& field : table.schema.fields) fields.push_back({{"name", field.name}, {"width", field.width}});
  return {{"name", table.schema.table},
          {"num_embeddings", table.schema.num_embeddings},
          {"embedding_dim", table.schema.embedding_dim},
          {"num_partitions", table.schema.num_partitions},
          {"has_last_step", table.schema.has_last_step},
          {"fields", std::move(fields)},
          {"rows", table.rows},
          {"digest", HashToHex(table.digest)}};
}

OrderedJson EncodePart(const TableDigestPart& part) {
  OrderedJson json = {{"table", part.table()},
                      {"rows", part.rows()},
                      {"digest", HashToHex(absl::MakeUint128(part.hash_high(), part.hash_low()))},
                      {"id", part.id_xxh3_128()}};
  if (!part.last_step_xxh3_128().empty()) json["last_step"] = part.last_step_xxh3_128();
  OrderedJson& fields = json["fields"] = OrderedJson::array();
  for (const TableFieldPart& field : part.fields()) fields.push_back(field.xxh3_128());
  return json;
}

OrderedJson EncodeParameter(const DenseParameterPart& part) {
  OrderedJson json = {{"name", part.name()}, {"shape", part.shape()}, {"values", part.values_xxh3_128()}};
  OrderedJson& state = json["state"] = OrderedJson::array();
  for (const TableFieldPart& field : part.state()) {
    state.push_back({{"name", field.name()}, {"width", field.width()}, {"xxh3_128", field.xxh3_128()}});
  }
  return json;
}

OrderedJson EncodeFile(const CheckpointFile& file) {
  OrderedJson json = {{"name", file.name()}, {"size_bytes", file.size_bytes()}, {"xxh3_128", file.xxh3_128()}};
  if (!file.digests().empty()) {
    OrderedJson& parts = json["tables"] = OrderedJson::array();
    for (const TableDigestPart& part : file.digests()) parts.push_back(EncodePart(part));
  }
  if (!file.parameters().empty()) {
    OrderedJson& parameters = json["parameters"] = OrderedJson::array();
    for (const DenseParameterPart& part : file.parameters()) parameters.push_back(EncodeParameter(part));
  }
  return json;
}

// Reads the fields of one JSON object. The first error sticks, names the field, and makes all later reads give
// defaults.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) Fail("is not an object");
  }

  bool Has(const char* name) const { return json_.is_object() && json_.contains(name); }

  uint64_t Number(const char* name, uint64_t max) {
    const Json* value = Get(name, &Json::is_number_unsigned, "a whole number");
    if (value == nullptr) return 0;
    const uint64_t number = value->get<uint64_t>();
    if (number > max) Fail(absl::StrCat(".", name, " is ", number, ", above ", max));
    return number > max ? 0 : number;
  }

  std::string String(const char* name) {
    const Json* value = Get(name, &Json::is_string, "a string");
    return value == nullptr ? "" : value->get<std::string>();
  }

  absl::uint128 Hash(const char* name) {
    const std::string hex = String(name);
    const absl::optional<absl::uint128> hash = HashFromHex(hex);
    if (!hash.has_value()) Fail(absl::StrCat(".", name, " is not 32 lower-case hexadecimal digits"));
    return hash.value_or(0);
  }

  bool Bool(const char* name) {
    const Json* value = Get(name, &Json::is_boolean, "true or false");
    return value != nullptr && value->get<bool>();
  }

  // Empty after an error.
  const Json& Array(const char* name) {
    static const Json& empty = *new Json(Json::array());
    const Json* value = Get(name, &Json::is_array, "an array");
    return value == nullptr ? empty : *value;
  }

  void Fail(absl::string_view message) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(where_, message));
  }

  const absl::Status& status() const { return status_; }

 private:
  using Predicate = bool (Json::*)() const noexcept;

  const Json* Get(const char* name, Predicate is_type, const char* type) {
    if (!status_.ok()) return nullptr;
    const auto value = json_.find(name);
    if (value == json_.end() || !((*value).*is_type)()) {
      Fail(absl::StrCat(".", name, value == json_.end() ? " is missing" : absl::StrCat(" is not ", type)));
      return nullptr;
    }
    return &*value;
  }

  const Json& json_;
  std::string where_;
  absl::Status status_;
};

constexpr uint64_t kMaxInt32 = std::numeric_limits<int32_t>::max();
constexpr uint64_t kMaxInt64 = std::numeric_limits<int64_t>::max();
constexpr uint64_t kMaxUint64 = std::numeric_limits<uint64_t>::max();

absl::StatusOr<ManifestTable> DecodeTable(const Json& json, const std::string& where) {
  ObjectReader reader(json, where);
  ManifestTable table;
  table.schema.table = reader.String("name");
  table.schema.num_embeddings = static_cast<int64_t>(reader.Number("num_embeddings", kMaxInt64));
  table.schema.embedding_dim = static_cast<int>(reader.Number("embedding_dim", kMaxInt32));
  table.schema.num_partitions = static_cast<int>(reader.Number("num_partitions", kMaxInt32));
  table.schema.has_last_step = reader.Bool("has_last_step");
  for (const Json& field_json : reader.Array("fields")) {
    ObjectReader field(field_json, absl::StrCat(where, ".fields"));
    table.schema.fields.push_back({field.String("name"), static_cast<int>(field.Number("width", kMaxInt32))});
    SHOAL_RETURN_IF_ERROR(field.status());
  }
  table.rows = reader.Number("rows", kMaxUint64);
  table.digest = reader.Hash("digest");
  SHOAL_RETURN_IF_ERROR(reader.status());
  return table;
}

absl::Status DecodePart(const Json& json, const std::string& where, const Manifest& manifest, TableDigestPart* part) {
  ObjectReader reader(json, where);
  part->set_table(reader.String("table"));
  part->set_rows(reader.Number("rows", kMaxUint64));
  const absl::uint128 digest = reader.Hash("digest");
  part->set_hash_low(absl::Uint128Low64(digest));
  part->set_hash_high(absl::Uint128High64(digest));
  part->set_id_xxh3_128(reader.String("id"));
  if (reader.Has("last_step")) part->set_last_step_xxh3_128(reader.String("last_step"));
  const Json& hashes = reader.Array("fields");
  SHOAL_RETURN_IF_ERROR(reader.status());
  SHOAL_ASSIGN_OR_RETURN(const ManifestTable* table, manifest.FindTable(part->table()));
  const std::vector<RowField>& fields = table->schema.fields;
  if (hashes.size() != fields.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ".fields has ", hashes.size(), " hashes; the table has ", fields.size(), " fields"));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!hashes[i].is_string()) return absl::InvalidArgumentError(absl::StrCat(where, ".fields holds no string"));
    TableFieldPart* field = part->add_fields();
    field->set_name(fields[i].name);
    field->set_width(fields[i].width);
    field->set_xxh3_128(hashes[i].get<std::string>());
  }
  return absl::OkStatus();
}

absl::Status DecodeParameter(const Json& json, const std::string& where, DenseParameterPart* part) {
  ObjectReader reader(json, where);
  part->set_name(reader.String("name"));
  for (const Json& extent : reader.Array("shape")) {
    if (!extent.is_number_unsigned() || extent.get<uint64_t>() > kMaxInt64) {
      return absl::InvalidArgumentError(absl::StrCat(where, ".shape holds what is no extent"));
    }
    part->add_shape(extent.get<int64_t>());
  }
  part->set_values_xxh3_128(reader.String("values"));
  for (const Json& field_json : reader.Array("state")) {
    ObjectReader field(field_json, absl::StrCat(where, ".state"));
    TableFieldPart* state = part->add_state();
    state->set_name(field.String("name"));
    state->set_width(static_cast<int32_t>(field.Number("width", kMaxInt32)));
    state->set_xxh3_128(field.String("xxh3_128"));
    SHOAL_RETURN_IF_ERROR(field.status());
  }
  return reader.status();
}

absl::StatusOr<CheckpointFile> DecodeFile(const Json& json, const std::string& where, const Manifest& manifest) {
  ObjectReader reader(json, where);
  CheckpointFile file;
  file.set_name(reader.String("name"));
  file.set_size_bytes(reader.Number("size_bytes", kMaxInt64));
  file.set_xxh3_128(reader.String("xxh3_128"));
  if (reader.Has("tables")) {
    for (const Json& part : reader.Array("tables")) {
      SHOAL_RETURN_IF_ERROR(DecodePart(part, absl::StrCat(where, ".tables"), manifest, file.add_digests()));
    }
  }
  if (reader.Has("parameters")) {
    for (const Json& part : reader.Array("parameters")) {
      SHOAL_RETURN_IF_ERROR(DecodeParameter(part, absl::StrCat(where, ".parameters"), file.add_parameters()));
    }
  }
  SHOAL_RETURN_IF_ERROR(reader.status());
  return file;
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  const bool dense = !manifest.dense_digest.empty();
  OrderedJson json = {{"format", kFormat},
                      {"version", dense ? kDenseVersion : kTablesVersion},
                      {"step", manifest.step},
                      {"weights_digest", manifest.weights_digest}};
  if (dense) json["dense_digest"] = manifest.dense_digest;
  OrderedJson& tables = json["tables"] = OrderedJson::array();
  for (const ManifestTable& table : manifest.tables) tables.push_back(EncodeTable(table));
  OrderedJson& files = json["files"] = OrderedJson::array();
  for (const CheckpointFile& file : manifest.files) files.push_back(EncodeFile(file));
  std::string text = json.dump(2);
  text.resize(text.size() - 2);  // The ending closes the object.
  const std::string ending = Ending(text);
  return text + ending;
}

absl::StatusOr<Manifest> DecodeManifest(absl::string_view text) {
  const size_t ending_bytes = Ending("").size();
  const absl::string_view covered = text.substr(0, text.size() - std::min(text.size(), ending_bytes));
  if (text.substr(covered.size()) != Ending(covered)) {
    return absl::DataLossError("the file is damaged: it does not end with the checksum of its contents");
  }
  const Json json = Json::parse(text, /*cb=*/nullptr, /*allow_exceptions=*/false);
  ObjectReader reader(json, "manifest");
  if (reader.String("format") != kFormat) reader.Fail(".format is not that of a checkpoint");
  const uint64_t version = reader.Number("version", kMaxUint64);
  if (version != kTablesVersion && version != kDenseVersion) {
    reader.Fail(absl::StrCat(".version is ", version, "; this program reads versions ", kTablesVersion, " and ",
                             kDenseVersion));
  }
  Manifest manifest;
  manifest.step = reader.Number("step", kMaxInt64);
  manifest.weights_digest = reader.String("weights_digest");
  if (version == kDenseVersion) {
    manifest.dense_digest = reader.String("dense_digest");
    if (manifest.dense_digest.empty()) reader.Fail(".dense_digest is empty");
  }
  for (const Json& table : reader.Array("tables")) {
    SHOAL_ASSIGN_OR_RETURN(ManifestTable decoded, DecodeTable(table, "manifest.tables"));
    manifest.tables.push_back(std::move(decoded));
  }
  for (const Json& file : reader.Array("files")) {
    SHOAL_ASSIGN_OR_RETURN(CheckpointFile decoded, DecodeFile(file, "manifest.files", manifest));
    manifest.files.push_back(std::move(decoded));
  }
  SHOAL_RETURN_IF_ERROR(reader.status());
  SHOAL_RETURN_IF_ERROR(ValidateManifest(manifest));
  return manifest;
}

}  // namespace shoal
