#include "parameter_server/parameter_server.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/codec/row_encoding.h"

namespace shoal {

ParameterServer::ParameterServer(std::unique_ptr<Shard> shard, CheckpointSink* sink)
    : shard_(std::move(shard)), sink_(sink) {
  if (shard_->may_lose_workers()) last_replies_.emplace(shard_->num_workers());
}

ParameterServer::~ParameterServer() { Stop(absl::CancelledError("the parameter server is leaving")); }

uint64_t ParameterServer::Pull(PullRequest request, Done done) {
  if (!failure_.ok()) {
    done(failure_);
    return 0;
  }
  const absl::StatusOr<Shard::Readiness> readiness = shard_->CheckPull(request);
  if (!readiness.ok()) {
    done(readiness.status());
    return 0;
  }
  if (*readiness == Shard::Readiness::kLater) {
    waiting_.push_back({++last_ticket_, std::move(request), std::move(done)});
    return last_ticket_;
  }
  done(AnswerPull(*readiness, std::move(request)));
  return 0;
}

void ParameterServer::CancelPull(uint64_t ticket) {
  for (auto pull = waiting_.begin(); pull != waiting_.end(); ++pull) {
    if (pull->ticket != ticket) continue;
    Done done = std::move(pull->done);
    waiting_.erase(pull);
    done(absl::CancelledError("the worker no longer waits"));
    return;
  }
}

void ParameterServer::Push(DecodedPush push, Done done) {
  if (!failure_.ok()) {
    done(failure_);
    return;
  }
  const absl::StatusOr<Shard::PushResult> result = shard_->Push(std::move(push));
  if (!result.ok()) {
    done(result.status());
    return;
  }
  if (*result == Shard::PushResult::kApplied && last_replies_.has_value()) last_replies_->OnApplied();
  // Before any pull sees the new step, so that the checkpoint shows the boundary and nothing behind it.
  if (*result == Shard::PushResult::kApplied && shard_->boundary() != CONTINUE) failure_ = sink_->Save(*shard_);
  if (failure_.ok()) {
    PushReply reply;
    reply.set_applied_step(shard_->applied_step());
    done(Payload::Serialize(reply));
  } else {
    done(failure_);
  }
  if (*result == Shard::PushResult::kApplied) AnswerReadyPulls();
}

void ParameterServer::Rejoin(const RejoinRequest& request, Done done) {
  if (!failure_.ok()) {
    done(failure_);
    return;
  }
  const absl::StatusOr<RejoinReply> reply = shard_->Rejoin(request.header());
  if (reply.ok()) {
    done(Payload::Serialize(*reply));
  } else {
    done(reply.status());
  }
  AnswerReadyPulls();
}

void ParameterServer::Stop(const absl::Status& reason) {
  failure_.Update(reason);
  AnswerReadyPulls();
}

void ParameterServer::AnswerReadyPulls() {
  // Taken out first: an answer may lead to a call back into this server.
  std::list<WaitingPull> pulls = std::exchange(waiting_, {});
  for (WaitingPull& pull : pulls) {
    if (!failure_.ok()) {
      pull.done(failure_);
      continue;
    }
    const absl::StatusOr<Shard::Readiness> readiness = shard_->CheckPull(pull.request);
    if (!readiness.ok()) {
      pull.done(readiness.status());
    } else if (*readiness == Shard::Readiness::kLater) {
      waiting_.push_back(std::move(pull));
    } else {
      pull.done(AnswerPull(*readiness, std::move(pull.request)));
    }
  }
}

absl::StatusOr<Payload> ParameterServer::AnswerPull(Shard::Readiness readiness, PullRequest request) {
  if (readiness == Shard::Readiness::kAgain) return AnswerAgain(request);
  Payload reply = EncodeRows(request);
  if (last_replies_.has_value() && !request.read_only()) last_replies_->Keep(std::move(request), reply);
  return reply;
}

absl::StatusOr<Payload> ParameterServer::AnswerAgain(const PullRequest& request) const {
  const Payload* const sent = last_replies_->Find(request);
  if (sent != nullptr) return *sent;
  return absl::FailedPreconditionError(absl::StrCat("pull of step ", request.header().step(), " by worker ",
                                                    request.header().worker_rank(), ": the step is applied, and the ",
                                                    "worker has not pulled these rows for it"));
}

Payload ParameterServer::EncodeRows(const PullRequest& request) {
  const std::vector<RowsShape> shapes = shard_->PulledShapes(request);
  PullReplyWriter writer(shard_->applied_step(), shard_->boundary(), shapes);
  for (int i = 0; i < request.tables_size(); ++i) WriteRows(request, request.tables(i), shapes[i], writer.rows(i));
  return std::move(writer).Finish();
}

void ParameterServer::WriteRows(const PullRequest& request, const TableIds& ids, const RowsShape& shape, uint8_t* out) {
  Table& table = shard_->table(static_cast<int>(shape.table));
  const RowEncoder encoder(shape.dtype, shard_->seed(), request.header().step(), shape.table, RowEncoder::kServer);
  const auto encode = [&](size_t first, absl::Span<const float* const> rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      out = encoder.Encode(ids.ids(static_cast<int>(first + i)), rows[i], shape.width, out);
    }
  };
  if (request.read_only()) {
    table.PullReadOnly(ids.ids(), shape.width, encode);
  } else {
    table.Pull(ids.ids(), shape.width, encode);
  }
}

}  // namespace shoal
