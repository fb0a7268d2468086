#include "common/initializer/distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/initializer/normal_distribution.h"

namespace shoal {
namespace {

// An interval with less of the normal distribution than this lies where double precision cannot tell its points apart.
constexpr double kMinProbability = 1e-280;

// Checks of one table's initializer; messages carry the table and the field.
class Checker {
 public:
  Checker(absl::string_view table, absl::string_view initializer)
      : prefix_(absl::StrCat("table '", table, "': initializer.", initializer)) {}

  absl::Status Finite(absl::string_view field, float value) const {
    if (std::isfinite(value)) return absl::OkStatus();
    return Invalid(field, value, "a finite number");
  }

  absl::Status FiniteNotNegative(absl::string_view field, float value) const {
    if (std::isfinite(value) && value >= 0) return absl::OkStatus();
    return Invalid(field, value, "a finite number, at least 0");
  }

  absl::Status Invalid(absl::string_view field, float value, absl::string_view expected) const {
    return absl::InvalidArgumentError(absl::StrCat(prefix_, ".", field, " is ", value, ", expected ", expected));
  }

  absl::Status Invalid(absl::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(prefix_, " ", problem));
  }

 private:
  std::string prefix_;
};

absl::Status CheckTruncatedNormal(const Checker& check, const InitializerConfig::TruncatedNormal& config) {
  SHOAL_RETURN_IF_ERROR(check.Finite("mean", config.mean()));
  SHOAL_RETURN_IF_ERROR(check.FiniteNotNegative("std", config.std()));
  SHOAL_RETURN_IF_ERROR(check.Finite("low", config.low()));
  SHOAL_RETURN_IF_ERROR(check.Finite("high", config.high()));
  if (config.low() < config.high()) return absl::OkStatus();
  return check.Invalid("low", config.low(), absl::StrCat("a number below high, ", config.high()));
}

absl::Status CheckUniform(const Checker& check, const InitializerConfig::Uniform& config) {
  SHOAL_RETURN_IF_ERROR(check.Finite("low", config.low()));
  SHOAL_RETURN_IF_ERROR(check.Finite("high", config.high()));
  if (config.low() <= config.high()) return absl::OkStatus();
  return check.Invalid("low", config.low(), absl::StrCat("at most high, ", config.high()));
}

}  // namespace

absl::StatusOr<Distribution> Distribution::Create(const TableConfig& table) {
  const InitializerConfig& config = table.initializer();
  const double fans = static_cast<double>(table.embedding_dim()) + static_cast<double>(table.num_embeddings());
  const auto check = [&](absl::string_view initializer) { return Checker(table.name(), initializer); };
  switch (config.initializer_case()) {
    case InitializerConfig::kTruncatedNormal: {
      const InitializerConfig::TruncatedNormal& normal = config.truncated_normal();
      SHOAL_RETURN_IF_ERROR(CheckTruncatedNormal(check("truncated_normal"), normal));
      const Distribution result = TruncatedNormal(normal.mean(), normal.std(), normal.low(), normal.high());
      if (result.probability_ >= kMinProbability) return result;
      return check("truncated_normal")
          .Invalid(absl::StrCat("has no probability between low, ", normal.low(), ", and high, ", normal.high()));
    }
    case InitializerConfig::kUniform:
      SHOAL_RETURN_IF_ERROR(CheckUniform(check("uniform"), config.uniform()));
      return Uniform(config.uniform().low(), config.uniform().high());
    case InitializerConfig::kXavierUniform: {
      SHOAL_RETURN_IF_ERROR(check("xavier_uniform").FiniteNotNegative("gain", config.xavier_uniform().gain()));
      const double bound = config.xavier_uniform().gain() * std::sqrt(6 / fans);
      return Uniform(-bound, bound);
    }
    case InitializerConfig::kXavierNormal:
      SHOAL_RETURN_IF_ERROR(check("xavier_normal").FiniteNotNegative("gain", config.xavier_normal().gain()));
      return Normal(0, config.xavier_normal().gain() * std::sqrt(2 / fans));
    case InitializerConfig::kConstant:
      SHOAL_RETURN_IF_ERROR(check("constant").Finite("value", config.constant().value()));
      return Constant(config.constant().value());
    case InitializerConfig::kNormal:
    case InitializerConfig::INITIALIZER_NOT_SET:
      break;
  }
  SHOAL_RETURN_IF_ERROR(check("normal").Finite("mean", config.normal().mean()));
  SHOAL_RETURN_IF_ERROR(check("normal").FiniteNotNegative("std", config.normal().std()));
  return Normal(config.normal().mean(), config.normal().std());
}

Distribution Distribution::Constant(double value) {
  Distribution result;
  result.offset_ = value;
  return result;
}

Distribution Distribution::Uniform(double low, double high) {
  Distribution result;
  result.shape_ = Shape::kUniform;
  result.offset_ = low;
  result.scale_ = high - low;
  result.min_ = static_cast<float>(std::max<double>(low, std::numeric_limits<float>::lowest()));
  // Rounding to float must not give `high` itself.
  result.max_ = low < high ? std::nextafter(static_cast<float>(high), static_cast<float>(low)) : result.min_;
  return result;
}

Distribution Distribution::Normal(double mean, double std) {
  Distribution result;
  result.shape_ = Shape::kNormal;
  result.offset_ = mean;
  result.scale_ = std;
  result.min_ = std::numeric_limits<float>::lowest();
  result.max_ = std::numeric_limits<float>::max();
  return result;
}

Distribution Distribution::TruncatedNormal(double mean, double std, double low, double high) {
  Distribution result = Normal(mean, std);
  result.min_ = static_cast<float>(std::max<double>(result.min_, mean + std * low));
  result.max_ = static_cast<float>(std::min<double>(result.max_, mean + std * high));
  if (low > 0) {
    // Probabilities near 1 have no digits left to tell points of the upper tail apart: draw from the lower, mirrored.
    std::swap(low, high);
    low = -low;
    high = -high;
    result.scale_ = -std;
  }
  result.low_probability_ = NormalCdf(low);
  result.probability_ = NormalCdf(high) - result.low_probability_;
  return result;
}

float Distribution::Clamp(double value) const { return static_cast<float>(std::clamp<double>(value, min_, max_)); }

float Distribution::Value(uint32_t bits) const {
  constexpr double kTwoToMinus32 = 1.0 / 4294967296.0;
  const double u = (bits + 0.5) * kTwoToMinus32;
  switch (shape_) {
    case Shape::kConstant:
      break;
    case Shape::kUniform:
      return Clamp(offset_ + scale_ * u);
    case Shape::kNormal:
      return Clamp(offset_ + scale_ * InverseNormalCdf(low_probability_ + probability_ * u));
  }
  return static_cast<float>(offset_);
}

}  // namespace shoal
