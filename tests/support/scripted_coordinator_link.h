// A coordinator that notes what it is told and answers as the test says.
#ifndef SHOAL_TESTS_SUPPORT_SCRIPTED_COORDINATOR_LINK_H_
#define SHOAL_TESTS_SUPPORT_SCRIPTED_COORDINATOR_LINK_H_

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/coordination/coordinator_link.h"
#include "proto/coordinator_service.pb.h"

namespace shoal {

class ScriptedCoordinatorLink : public CoordinatorLink {
 public:
  // Registrations are answered with these in turn, the last one for good.
  void AnswerRegistrations(std::vector<RegisterReply> replies) { replies_ = std::move(replies); }
  // Exchanges are answered with these in turn, the last one for good.
  void AnswerExchanges(std::vector<ExchangeReply> replies) { exchange_replies_ = std::move(replies); }
  // Every call fails from now on.
  void FailWith(absl::Status status) { status_ = std::move(status); }

  const std::vector<RegisterRequest>& registrations() const { return registrations_; }
  const std::vector<CheckpointReport>& checkpoints() const { return checkpoints_; }
  const std::vector<ExchangeRequest>& exchanges() const { return exchanges_; }

  absl::StatusOr<RegisterReply> Register(const RegisterRequest& request) override {
    registrations_.push_back(request);
    if (!status_.ok()) return status_;
    return replies_[std::min(registrations_.size(), replies_.size()) - 1];
  }
  absl::StatusOr<ProgressReply> ReportProgress(const ProgressReport&) override { return Answer<ProgressReply>(); }
  absl::StatusOr<CheckpointReply> ReportCheckpoint(const CheckpointReport& report) override {
    checkpoints_.push_back(report);
    return Answer<CheckpointReply>();
  }
  absl::StatusOr<FinishedReply> ReportFinished(const FinishedReport&) override { return Answer<FinishedReply>(); }
  absl::StatusOr<ExchangeReply> Exchange(const ExchangeRequest& request) override {
    exchanges_.push_back(request);
    if (!status_.ok()) return status_;
    return exchange_replies_[std::min(exchanges_.size(), exchange_replies_.size()) - 1];
  }
  // Says for as many calls that the group trains, then that it does not.
  void EndGroupAfter(int calls) { group_calls_left_ = calls; }
  absl::StatusOr<GroupReply> CheckGroup(const GroupRequest& request) override {
    groups_.push_back(request);
    if (!status_.ok()) return status_;
    GroupReply reply;
    reply.set_is_current(group_calls_left_-- > 0);
    return reply;
  }
  const std::vector<GroupRequest>& groups() const { return groups_; }

 private:
  template <typename Reply>
  absl::StatusOr<Reply> Answer() const {
    if (!status_.ok()) return status_;
    return Reply();
  }

  std::vector<RegisterReply> replies_ = {RegisterReply()};
  absl::Status status_;
  std::vector<RegisterRequest> registrations_;
  std::vector<CheckpointReport> checkpoints_;
  std::vector<ExchangeReply> exchange_replies_ = {ExchangeReply()};
  std::vector<ExchangeRequest> exchanges_;
  std::vector<GroupRequest> groups_;
  int group_calls_left_ = 0;
};

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_SCRIPTED_COORDINATOR_LINK_H_
