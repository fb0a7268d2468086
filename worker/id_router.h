// Which ids go to which server: groups the positions of a block's ids by the owner of their partition, by counting.
//
// Thread safety: one thread at a time.
#ifndef SHOAL_WORKER_ID_ROUTER_H_
#define SHOAL_WORKER_ID_ROUTER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace shoal {

class IdRouter {
 public:
  // `partition_owner` is the server of each partition number. REQUIRES: it has num_partitions entries or more for every
  // table that is routed, and values below num_servers.
  IdRouter(std::vector<uint32_t> partition_owner, int num_servers);

  // Positions of a block's ids, grouped by server; in ascending order within a server.
  class Routes {
   public:
    absl::Span<const uint32_t> positions(int server) const {
      return absl::MakeSpan(positions_).subspan(begin_[server], begin_[server + 1] - begin_[server]);
    }

   private:
    friend class IdRouter;
    std::vector<uint32_t> positions_;
    std::vector<uint32_t> begin_;  // By server, and the end.
  };

  // Replaces `*routes`.
  void Route(absl::Span<const uint64_t> ids, int num_partitions, Routes* routes) const;

 private:
  std::vector<uint32_t> partition_owner_;
  int num_servers_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_ID_ROUTER_H_
