// Which processes a job is made of, and which of them are there.
//
// Thread safety: external.
#ifndef SHOAL_LAUNCHER_MEMBERSHIP_H_
#define SHOAL_LAUNCHER_MEMBERSHIP_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "launcher/process_id.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class Membership {
 public:
  // REQUIRES: num_workers >= 1, num_servers >= 0.
  Membership(int num_workers, int num_servers);

  // The same process may register again. InvalidArgument: no such place in the job, or a server without an address.
  // AlreadyExists: another process has the place. FailedPrecondition: the process has lost it. All leave the membership
  // as it was.
  absl::Status Register(const RegisterRequest& request);
  // That process of the worker is no more: another one may take its place, and what it has said is refused if it comes
  // now. REQUIRES: the rank is in range.
  void Lose(uint32_t rank, int64_t pid);

  // InvalidArgument: no such place in the job. FailedPrecondition: nobody has registered for it.
  absl::Status Check(Role role, uint32_t index) const;

  // Whether every place is taken.
  bool ready() const { return missing_ == 0; }
  // Places that nobody has taken, servers first.
  std::vector<ProcessId> Missing() const;
  // By server index. REQUIRES: ready().
  std::vector<std::string> server_addresses() const;

 private:
  struct Member {
    bool present = false;
    int64_t pid = 0;
    std::string address;
  };
  absl::Status CheckPlace(Role role, uint32_t index) const;
  const Member& member(Role role, uint32_t index) const { return role == WORKER ? workers_[index] : servers_[index]; }

  std::vector<Member> workers_;
  std::vector<Member> servers_;
  std::set<std::pair<uint32_t, int64_t>> lost_workers_;  // Ranks and process ids.
  int missing_;
};

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_MEMBERSHIP_H_
