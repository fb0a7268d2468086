// What holds memory of a device, by name: what an out-of-memory error has to say.
//
// Names say whose it is, then what: "batch: rows of user", "tower: activations", "cuBLAS workspace".
//
// Thread safety: safe.
#ifndef SHOAL_WORKER_COMPUTE_ALLOCATION_LEDGER_H_
#define SHOAL_WORKER_COMPUTE_ALLOCATION_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace shoal {

class AllocationLedger {
 public:
  void Add(absl::string_view name, int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // REQUIRES: so much was added under the name and is there still.
  void Remove(absl::string_view name, int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  int64_t total_bytes() const ABSL_LOCKS_EXCLUDED(mutex_);
  // "batch: rows of user 1.5 GiB, cuBLAS workspace 32.0 MiB", the largest first; "nothing".
  std::string Describe() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, int64_t> bytes_ ABSL_GUARDED_BY(mutex_);  // By name; none is 0.
};

}  // namespace shoal

#endif  // SHOAL_WORKER_COMPUTE_ALLOCATION_LEDGER_H_
