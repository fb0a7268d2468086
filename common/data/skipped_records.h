// Bad records that are left out under data.on_bad_record: SKIP.
#ifndef SHOAL_COMMON_DATA_SKIPPED_RECORDS_H_
#define SHOAL_COMMON_DATA_SKIPPED_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace shoal {

struct SkippedRecords {
  static constexpr size_t kMostShown = 3;

  int64_t count = 0;
  // "path:line: what is wrong" of the first kMostShown.
  std::vector<std::string> first;

  void Add(const std::string& record);
  // Those of another source, behind these.
  void Append(const SkippedRecords& others);
  // What follows their number in a sentence: ": " and the records, or "; the first 3: " and these; empty where there
  // are none.
  std::string Details() const;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_DATA_SKIPPED_RECORDS_H_
