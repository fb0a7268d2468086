// Ratings of a random low-rank model plus noise: learnable, of any size, and the same bits on every machine, since the
// arithmetic is exact or rounded as IEEE 754 says.
//
//   rating = clip((low + high) / 2 + (high - low) / 6 * <u, v> / sqrt(rank) + noise * e, low, high)
//
// u and v are the factors of a user and an item, both drawn uniformly, with elements uniform on [-sqrt(3), sqrt(3))
// (variance 1); e is the sum of twelve uniforms, close to a standard normal. Factors are made anew for each rating, so
// memory does not grow with users and items. Random bits are Philox4x32-10 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011). The two roles draw different ratings from the same model.
#ifndef SHOAL_COMMON_DATA_SYNTHETIC_SOURCE_H_
#define SHOAL_COMMON_DATA_SYNTHETIC_SOURCE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/data/record_source.h"
#include "proto/job.pb.h"

namespace shoal {

class SyntheticSource : public RecordSource {
 public:
  // Records of the named columns: of MovieLens's "user_id", "item_id" and "rating". Ids are whole numbers from 0.
  // InvalidArgument names the field of data.*.synthetic, and its value, that cannot be.
  static absl::StatusOr<std::unique_ptr<SyntheticSource>> Create(const SyntheticRatings& config, uint64_t seed,
                                                                 SourceRole role,
                                                                 const std::vector<ColumnConfig>& columns);

  absl::StatusOr<bool> Next() override;
  absl::Status GetFields(std::vector<absl::string_view>* fields) override;
  RecordPlace Place() const override { return {"record", next_}; }
  std::string Location() const override;

 private:
  SyntheticSource(const SyntheticRatings& config, uint64_t seed, SourceRole role,
                  const std::vector<ColumnConfig>& columns);

  // Philox's counter is (index, stream, block), its key the seed: four words for each.
  std::array<uint32_t, 4> RandomWords(uint64_t index, uint32_t stream, uint32_t block) const;
  double Rating(uint64_t user, uint64_t item, uint32_t ratings_stream) const;

  SyntheticRatings config_;
  uint64_t seed_;
  SourceRole role_;
  std::vector<std::string> columns_;
  int64_t next_ = 0;
  std::string user_;
  std::string item_;
  std::string rating_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_SYNTHETIC_SOURCE_H_
