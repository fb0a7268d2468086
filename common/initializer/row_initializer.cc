#include "common/initializer/row_initializer.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/initializer/philox.h"
#include "xxhash.h"

namespace shoal {

RowInitializer::RowInitializer(const Distribution& distribution, const TableConfig& table, uint64_t key)
    : distribution_(distribution), dim_(table.embedding_dim()), key_(key) {
  if (table.has_padding_idx()) padding_id_ = static_cast<uint64_t>(table.padding_idx());
}

absl::StatusOr<RowInitializer> RowInitializer::Create(const TableConfig& table, uint64_t seed) {
  SHOAL_ASSIGN_OR_RETURN(const Distribution distribution, Distribution::Create(table));
  // XXH3's output is fixed by its specification: rows stay what they are across builds.
  const uint64_t key = XXH3_64bits_withSeed(table.name().data(), table.name().size(), seed);
  return RowInitializer(distribution, table, key);
}

void RowInitializer::Fill(uint64_t id, float* weights) const {
  if (id == padding_id_) {
    std::fill_n(weights, dim_, 0.0F);
    return;
  }
  constexpr int kBlock = std::tuple_size_v<PhiloxBlock>;
  for (int start = 0; start < dim_; start += kBlock) {
    const PhiloxBlock bits = Philox(key_, id, static_cast<uint64_t>(start / kBlock));
    const int count = std::min(kBlock, dim_ - start);
    for (int i = 0; i < count; ++i) weights[start + i] = distribution_.Value(bits[i]);
  }
}

}  // namespace shoal
