#include "common/checkpoint/dense_digest.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/base/hash.h"

namespace shoal {

std::string DenseDigest(std::vector<DenseDigestEntry> parameters) {
  if (parameters.empty()) return "";
  std::sort(parameters.begin(), parameters.end(),
            [](const DenseDigestEntry& a, const DenseDigestEntry& b) { return a.name < b.name; });
  Hasher128 hasher;
  for (const DenseDigestEntry& parameter : parameters) {
    hasher.UpdateUint64(parameter.name.size());
    hasher.Update(parameter.name);
    hasher.UpdateUint64(parameter.shape.size());
    for (const int64_t extent : parameter.shape) hasher.UpdateUint64(static_cast<uint64_t>(extent));
    hasher.UpdateUint64(absl::Uint128Low64(parameter.values_hash));
    hasher.UpdateUint64(absl::Uint128High64(parameter.values_hash));
  }
  return HashToHex(hasher.Digest());
}

std::string DenseDigest(absl::Span<const SavedParameter> parameters) {
  std::vector<DenseDigestEntry> entries;
  entries.reserve(parameters.size());
  for (const SavedParameter& parameter : parameters) {
    const absl::string_view bytes(reinterpret_cast<const char*>(parameter.values.data()),
                                  parameter.values.size() * sizeof(float));
    entries.push_back({parameter.name, parameter.shape, Hash128(bytes)});
  }
  return DenseDigest(std::move(entries));
}

}  // namespace shoal
