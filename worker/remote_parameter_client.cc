#include "worker/remote_parameter_client.h"

#include <algorithm>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/codec/pull_reply_codec.h"
#include "common/codec/push_request_codec.h"
#include "common/optimizer/row_layout.h"

namespace shoal {
namespace {

absl::Status DecodePushReply(ServerChannel::Reply reply) {
  PushReply message;
  if (!message.ParseFromZeroCopyStream(reply.stream)) return absl::InvalidArgumentError("malformed PushReply");
  return absl::OkStatus();
}

}  // namespace

struct RemoteParameterClient::Fanout {
  ServerChannel::Method method;
  std::vector<Payload> requests;  // By server.
  Decode decode;                  // Called under `mutex`.
  absl::AnyInvocable<void(absl::Status)> done;
  // By server: since when it could not be reached; InfiniteFuture: it could. A server has one call of a fanout at a
  // time, so an entry needs no lock.
  std::vector<absl::Time> unreachable_since;

  absl::Mutex mutex;
  int missing ABSL_GUARDED_BY(mutex) = 0;
  absl::Status status ABSL_GUARDED_BY(mutex);  // The first error.
};

RemoteParameterClient::Options RemoteParameterClient::OptionsFor(const RegisterReply& assignment, uint32_t rank) {
  const JobConfig& job = assignment.job().job();
  Options options;
  options.job_id = assignment.job_id();
  options.incarnation = assignment.incarnation();
  options.worker_rank = rank;
  options.seed = job.seed();
  options.wire_dtype = job.cluster().wire_dtype();
  for (const TableConfig& table : job.tables()) {
    options.dims.push_back(table.embedding_dim());
    options.num_partitions.push_back(table.num_partitions());
  }
  options.partition_owner.assign(assignment.partition_owner().begin(), assignment.partition_owner().end());
  options.give_up_after = absl::Seconds(job.cluster().give_up_after_seconds());
  return options;
}

RemoteParameterClient::RemoteParameterClient(Options options, std::vector<std::unique_ptr<ServerChannel>> channels)
    : options_(std::move(options)),
      router_(options_.partition_owner, static_cast<int>(channels.size())),
      channels_(std::move(channels)) {}

StepHeader RemoteParameterClient::Header(uint64_t step, DType dtype) const {
  StepHeader header;
  header.set_job_id(options_.job_id);
  header.set_incarnation(options_.incarnation);
  header.set_worker_rank(options_.worker_rank);
  header.set_step(step);
  header.set_dtype(dtype);
  return header;
}

void RemoteParameterClient::Route(int table, absl::Span<const uint64_t> ids, size_t place,
                                  std::vector<IdRouter::Routes>* routes) const {
  if (routes->size() <= place) routes->resize(place + 1);
  router_.Route(ids, options_.num_partitions[table], &(*routes)[place]);
}

Payload RemoteParameterClient::EncodePull(uint64_t step, bool read_only, absl::Span<const PullTable> tables,
                                          int server) const {
  PullRequest request;
  *request.mutable_header() = Header(step, PulledType(read_only));
  request.set_read_only(read_only);
  for (size_t i = 0; i < tables.size(); ++i) {
    const absl::Span<const uint32_t> positions = pull_routes_[i].positions(server);
    TableIds* message = request.add_tables();
    message->set_table(tables[i].table);
    message->set_with_state(tables[i].row_floats > 0);
    message->mutable_ids()->Reserve(static_cast<int>(positions.size()));
    for (uint32_t position : positions) message->add_ids(tables[i].ids[position]);
  }
  return Payload::Serialize(request);
}

void RemoteParameterClient::Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) {
  for (size_t i = 0; i < tables.size(); ++i) Route(tables[i].table, tables[i].ids, i, &pull_routes_);
  auto fanout = std::make_shared<Fanout>();
  fanout->method = ServerChannel::Method::kPull;
  // Every server decides the same boundary; the last one to answer has told it.
  auto boundary = std::make_shared<Boundary>(CONTINUE);
  fanout->decode = [this, read_only, tables, boundary](int server, ServerChannel::Reply reply) -> absl::Status {
    std::vector<RowsDestination> destinations;
    for (size_t i = 0; i < tables.size(); ++i) {
      const absl::Span<const uint32_t> positions = pull_routes_[i].positions(server);
      const int floats = tables[i].row_floats > 0 ? tables[i].row_floats : options_.dims[tables[i].table];
      const RowsShape shape = {static_cast<uint32_t>(tables[i].table), static_cast<int64_t>(positions.size()), floats,
                               PulledType(read_only)};
      destinations.push_back({shape, tables[i].rows, positions.data()});
    }
    const absl::StatusOr<PullReplyHeader> header = DecodePullReply(reply.stream, reply.size, destinations);
    if (header.ok()) *boundary = header->boundary;
    return header.status();
  };
  fanout->done = [done = std::move(done), boundary](absl::Status status) mutable {
    if (status.ok()) {
      done(*boundary);
    } else {
      done(std::move(status));
    }
  };
  for (size_t server = 0; server < channels_.size(); ++server) {
    fanout->requests.push_back(EncodePull(step, read_only, tables, static_cast<int>(server)));
  }
  Start(std::move(fanout));
}

void RemoteParameterClient::Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables, PushDone done) {
  auto fanout = std::make_shared<Fanout>();
  fanout->method = ServerChannel::Method::kPush;
  fanout->decode = [](int, ServerChannel::Reply reply) { return DecodePushReply(reply); };
  fanout->done = std::move(done);
  for (size_t i = 0; i < tables.size(); ++i) Route(tables[i].table, tables[i].ids, i, &push_routes_);
  std::vector<GradientSource> sources;
  for (size_t server = 0; server < channels_.size(); ++server) {
    sources.clear();
    for (size_t i = 0; i < tables.size(); ++i) {
      sources.push_back({static_cast<uint32_t>(tables[i].table), options_.dims[tables[i].table], tables[i].ids,
                         tables[i].gradients, push_routes_[i].positions(static_cast<int>(server))});
    }
    fanout->requests.push_back(EncodePushRequest(Header(step, options_.wire_dtype), options_.seed, boundary, sources));
  }
  for (const PushTable& table : tables) {
    std::fill_n(table.gradients, table.ids.size() * SegmentFloats(options_.dims[table.table]), 0.0f);
  }
  Start(std::move(fanout));
}

void RemoteParameterClient::Rejoin(RejoinDone done) {
  auto fanout = std::make_shared<Fanout>();
  fanout->method = ServerChannel::Method::kRejoin;
  auto replies = std::make_shared<std::vector<RejoinReply>>();
  fanout->decode = [replies](int, ServerChannel::Reply reply) -> absl::Status {
    if (replies->emplace_back().ParseFromZeroCopyStream(reply.stream)) return absl::OkStatus();
    return absl::InvalidArgumentError("malformed RejoinReply");
  };
  fanout->done = [done = std::move(done), replies](absl::Status status) mutable {
    if (status.ok()) {
      done(std::move(*replies));
    } else {
      done(std::move(status));
    }
  };
  RejoinRequest request;
  *request.mutable_header() = Header(/*step=*/0, FLOAT32);
  fanout->requests.assign(channels_.size(), Payload::Serialize(request));
  Start(std::move(fanout));
}

void RemoteParameterClient::Start(std::shared_ptr<Fanout> fanout) {
  fanout->unreachable_since.assign(channels_.size(), absl::InfiniteFuture());
  {
    absl::MutexLock lock(&fanout->mutex);
    fanout->missing = static_cast<int>(channels_.size());
  }
  for (size_t server = 0; server < channels_.size(); ++server) Send(fanout, static_cast<int>(server));
}

void RemoteParameterClient::Send(const std::shared_ptr<Fanout>& fanout, int server) {
  channels_[server]->Call(fanout->method, fanout->requests[server],
                          [this, fanout, server](absl::StatusOr<ServerChannel::Reply> reply) {
                            OnReply(fanout, server, std::move(reply));
                          });
}

bool RemoteParameterClient::IsWorthSendingAgain(const absl::Status& status, absl::Time* unreachable_since) const {
  if (absl::IsDeadlineExceeded(status)) {
    // The server is there: it waits for other workers, saves a checkpoint or reads one. That takes as long as it takes.
    *unreachable_since = absl::InfiniteFuture();
    return true;
  }
  if (!absl::IsUnavailable(status)) return false;
  *unreachable_since = std::min(*unreachable_since, options_.now());
  return options_.now() - *unreachable_since < options_.give_up_after;
}

void RemoteParameterClient::OnReply(const std::shared_ptr<Fanout>& fanout, int server,
                                    absl::StatusOr<ServerChannel::Reply> reply) {
  if (IsWorthSendingAgain(reply.status(), &fanout->unreachable_since[server])) {
    Send(fanout, server);
    return;
  }
  absl::Status final_status;
  {
    absl::MutexLock lock(&fanout->mutex);
    absl::Status status = reply.ok() ? fanout->decode(server, *reply) : reply.status();
    if (!status.ok() && fanout->status.ok()) {
      fanout->status = absl::Status(status.code(), absl::StrCat("parameter server ", server, " at ",
                                                                channels_[server]->address(), ": ", status.message()));
    }
    if (--fanout->missing > 0) return;
    final_status = fanout->status;
  }
  fanout->done(std::move(final_status));
}

}  // namespace shoal
