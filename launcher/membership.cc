#include "launcher/membership.h"

#include "absl/strings/str_cat.h"
#include "common/base/counted.h"
#include "common/base/status_macros.h"

namespace shoal {

Membership::Membership(int num_workers, int num_servers)
    : workers_(num_workers), servers_(num_servers), missing_(num_workers + num_servers) {}

absl::Status Membership::CheckPlace(Role role, uint32_t index) const {
  // proto3 enums are open: any number can stand in a message.
  if (role != WORKER && role != PARAMETER_SERVER) {
    return absl::InvalidArgumentError(
        absl::StrCat("role: ", static_cast<int>(role), " is neither WORKER (0) nor PARAMETER_SERVER (1)"));
  }
  const size_t places = role == WORKER ? workers_.size() : servers_.size();
  if (index < places) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(role == WORKER ? "worker rank " : "parameter server index ", index,
                                                 " is out of range: the job has ",
                                                 Counted(places, role == WORKER ? "worker" : "parameter server")));
}

absl::Status Membership::Check(Role role, uint32_t index) const {
  SHOAL_RETURN_IF_ERROR(CheckPlace(role, index));
  if (member(role, index).present) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(ProcessTitle({role, static_cast<int>(index)}), " has not registered"));
}

absl::Status Membership::Register(const RegisterRequest& request) {
  SHOAL_RETURN_IF_ERROR(CheckPlace(request.role(), request.index()));
  const ProcessId id{request.role(), static_cast<int>(request.index())};
  if (id.role == PARAMETER_SERVER && request.address().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("address of ", ProcessTitle(id), " is empty"));
  }
  if (id.role == WORKER && lost_workers_.count({request.index(), request.pid()}) > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("process ", request.pid(), " was lost as ", ProcessTitle(id), ": it cannot come back"));
  }
  Member& member = id.role == WORKER ? workers_[id.index] : servers_[id.index];
  if (!member.present) {
    member = {true, request.pid(), request.address()};
    --missing_;
    return absl::OkStatus();
  }
  if (member.pid == request.pid() && member.address == request.address()) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(ProcessTitle(id), " is process ", member.pid, " at '", member.address,
                                               "'; process ", request.pid(), " at '", request.address(),
                                               "' cannot take its place"));
}

void Membership::Lose(uint32_t rank, int64_t pid) {
  lost_workers_.insert({rank, pid});
  Member& worker = workers_[rank];
  if (!worker.present || worker.pid != pid) return;
  worker = Member();
  ++missing_;
}

std::vector<ProcessId> Membership::Missing() const {
  std::vector<ProcessId> missing;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (!servers_[i].present) missing.push_back({PARAMETER_SERVER, static_cast<int>(i)});
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (!workers_[i].present) missing.push_back({WORKER, static_cast<int>(i)});
  }
  return missing;
}

std::vector<std::string> Membership::server_addresses() const {
  std::vector<std::string> addresses;
  addresses.reserve(servers_.size());
  for (const Member& server : servers_) addresses.push_back(server.address);
  return addresses;
}

}  // namespace shoal
