#include "worker/worker_registration.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/config/dense_layers.h"

namespace shoal {

WorkerRegistration::WorkerRegistration(int rank, int64_t pid) {
  request_.set_role(Role::WORKER);
  request_.set_index(static_cast<uint32_t>(rank));
  request_.set_pid(pid);
}

// The first incarnation is joined by registering.
uint32_t WorkerRegistration::joined() const { return std::max<uint32_t>(request_.incarnation(), 1); }

WorkerRegistration::Action WorkerRegistration::Next(const RegisterReply& reply) const {
  if (reply.incarnation() > joined()) return Action::kJoinServers;
  return reply.ready() ? Action::kTrain : Action::kAskAgain;
}

void WorkerRegistration::OnServersJoined(const RegisterReply& reply, std::vector<RejoinReply> servers) {
  servers_ = std::move(servers);
  request_.set_incarnation(reply.incarnation());
  uint64_t applied = std::numeric_limits<uint64_t>::max();
  for (const RejoinReply& server : servers_) applied = std::min<uint64_t>(applied, server.applied_step());
  // What training starts from every worker can make, and without dense parameters it needs nothing of the steps that
  // others have taken.
  const bool can_make = !HasDenseParameters(reply.job().job().model()) || applied == reply.resume_step();
  if (can_make) request_.set_step(std::max<uint64_t>(request_.step(), applied));
}

StartPoint WorkerRegistration::Start(const RegisterReply& assignment) {
  StartPoint start = StartPoint::Behind(assignment.resume_step());
  if (!assignment.has_rejoin()) {
    request_.set_step(start.step);  // What training starts from every worker can make again.
    return start;
  }
  const RejoinPoint& rejoin = assignment.rejoin();
  start.step = rejoin.step();
  start.epoch_end = rejoin.epoch_reported() ? StartPoint::EpochEnd::kNone : StartPoint::EpochEnd::kReport;
  start.dense_saved_step = rejoin.dense_saved_step();
  for (const RejoinReply& server : servers_) {
    if (server.applied_step() == rejoin.step() + 1) start.decided = server.boundary();
  }
  return start;
}

void WorkerRegistration::OnLeft(const RegisterReply& assignment, absl::optional<uint64_t> step) {
  request_.set_left_incarnation(assignment.incarnation());
  if (step.has_value()) request_.set_step(*step);
}

}  // namespace shoal
