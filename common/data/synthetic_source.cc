#include "common/data/synthetic_source.h"

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr uint32_t kUserStream = 0;
constexpr uint32_t kItemStream = 1;
constexpr uint32_t kTrainStream = 2;
constexpr uint32_t kValidationStream = 3;

// Uniform on [0, bound).
uint64_t Below(uint64_t bound, uint32_t high_word, uint32_t low_word) {
  const uint64_t bits = uint64_t{high_word} << 32 | low_word;
  return absl::Uint128High64(absl::uint128(bits) * bound);
}

// Uniform on [-sqrt(3), sqrt(3)).
double Element(uint32_t word) { return (word * 0x1p-32 - 0.5) * 3.4641016151377544; }

template <typename Value>
absl::Status CheckPositive(const char* field, Value value) {
  if (value >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("synthetic.", field, ": ", value, " is not at least 1"));
}

absl::Status CheckConfig(const SyntheticRatings& config) {
  SHOAL_RETURN_IF_ERROR(CheckPositive("num_users", config.num_users()));
  SHOAL_RETURN_IF_ERROR(CheckPositive("num_items", config.num_items()));
  SHOAL_RETURN_IF_ERROR(CheckPositive("num_ratings", config.num_ratings()));
  SHOAL_RETURN_IF_ERROR(CheckPositive("rank", config.rank()));
  if (!std::isfinite(config.noise()) || config.noise() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("synthetic.noise: ", config.noise(), " is not at least 0"));
  }
  if (!std::isfinite(config.low()) || !std::isfinite(config.high()) || config.low() >= config.high()) {
    return absl::InvalidArgumentError(
        absl::StrCat("synthetic.high: ", config.high(), " is not above synthetic.low, ", config.low()));
  }
  return absl::OkStatus();
}

}  // namespace

SyntheticSource::SyntheticSource(const SyntheticRatings& config, uint64_t seed, SourceRole role,
                                 const std::vector<ColumnConfig>& columns)
    : config_(config), seed_(seed), role_(role) {
  for (const ColumnConfig& column : columns) columns_.push_back(column.name());
}

absl::StatusOr<std::unique_ptr<SyntheticSource>> SyntheticSource::Create(const SyntheticRatings& config, uint64_t seed,
                                                                         SourceRole role,
                                                                         const std::vector<ColumnConfig>& columns) {
  SHOAL_RETURN_IF_ERROR(CheckConfig(config));
  return std::unique_ptr<SyntheticSource>(new SyntheticSource(config, seed, role, columns));
}

std::array<uint32_t, 4> SyntheticSource::RandomWords(uint64_t index, uint32_t stream, uint32_t block) const {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), stream, block}};
  const r123::Philox4x32::key_type key = {{static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)}};
  const r123::Philox4x32::ctr_type words = r123::Philox4x32()(counter, key);
  return {words[0], words[1], words[2], words[3]};
}

double SyntheticSource::Rating(uint64_t user, uint64_t item, uint32_t ratings_stream) const {
  double product = 0;
  const uint32_t rank = static_cast<uint32_t>(config_.rank());
  for (uint32_t block = 0; 4 * block < rank; ++block) {
    const std::array<uint32_t, 4> u = RandomWords(user, kUserStream, block);
    const std::array<uint32_t, 4> v = RandomWords(item, kItemStream, block);
    const uint32_t count = std::min(4u, rank - 4 * block);
    for (uint32_t i = 0; i < count; ++i) product += Element(u[i]) * Element(v[i]);
  }
  int64_t sum = 0;
  for (uint32_t block = 1; block <= 3; ++block) {
    for (const uint32_t word : RandomWords(static_cast<uint64_t>(next_), ratings_stream, block)) sum += word;
  }
  const double error = static_cast<double>(sum) * 0x1p-32 - 6;
  const double low = config_.low();
  const double high = config_.high();
  const double rating = (low + high) / 2 + (high - low) / 6 * product / std::sqrt(rank) + config_.noise() * error;
  return std::clamp(rating, low, high);
}

absl::StatusOr<bool> SyntheticSource::Next() {
  if (next_ == config_.num_ratings()) return false;
  const uint32_t stream = role_ == SourceRole::kTrain ? kTrainStream : kValidationStream;
  const std::array<uint32_t, 4> words = RandomWords(static_cast<uint64_t>(next_), stream, 0);
  const uint64_t user = Below(static_cast<uint64_t>(config_.num_users()), words[0], words[1]);
  const uint64_t item = Below(static_cast<uint64_t>(config_.num_items()), words[2], words[3]);
  user_ = absl::StrCat(user);
  item_ = absl::StrCat(item);
  rating_ = absl::StrCat(Rating(user, item, stream));
  ++next_;
  return true;
}

absl::Status SyntheticSource::GetFields(std::vector<absl::string_view>* fields) {
  fields->clear();
  for (const std::string& column : columns_) {
    fields->push_back(column == "user_id" ? user_ : column == "item_id" ? item_ : rating_);
  }
  return absl::OkStatus();
}

std::string SyntheticSource::Location() const { return absl::StrCat("synthetic rating ", next_); }

}  // namespace shoal
