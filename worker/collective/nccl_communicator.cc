#include "worker/collective/nccl_communicator.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/steady_now.h"
#include "worker/collective/nccl_status.h"
#include "worker/collective/poll_until.h"

namespace shoal {
namespace {

constexpr char kUniqueIdKey[] = "nccl/unique_id";
// How often a worker that connects asks whether another one was lost, for whom it would wait in vain.
constexpr absl::Duration kCheckPeriod = absl::Milliseconds(250);

absl::StatusOr<ncclUniqueId> ExchangeUniqueId(int rank, CoordinatorExchange* exchange) {
  ncclUniqueId id = {};
  if (rank == 0) {
    SHOAL_RETURN_IF_NCCL_ERROR(nullptr, ncclGetUniqueId(&id));
    SHOAL_RETURN_IF_ERROR(exchange->Publish(kUniqueIdKey, std::string(id.internal, sizeof(id.internal))));
    return id;
  }
  SHOAL_ASSIGN_OR_RETURN(const std::string bytes, exchange->Await(kUniqueIdKey));
  if (bytes.size() != sizeof(id.internal)) {
    return absl::InternalError(
        absl::StrCat("'", kUniqueIdKey, "' has ", bytes.size(), " bytes, NCCL's unique id ", sizeof(id.internal)));
  }
  std::memcpy(id.internal, bytes.data(), bytes.size());
  return id;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NcclCommunicator>> NcclCommunicator::Connect(const Options& options,
                                                                            CoordinatorExchange* exchange) {
  auto communicator = absl::WrapUnique(new NcclCommunicator(options));
  SHOAL_ASSIGN_OR_RETURN(const ncclUniqueId id, ExchangeUniqueId(options.rank, exchange));
  SHOAL_RETURN_IF_ERROR(communicator->EndOnError(communicator->Initialize(id, exchange)));
  return communicator;
}

absl::Status NcclCommunicator::Initialize(const ncclUniqueId& id, CoordinatorExchange* exchange) {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  const absl::Time deadline = SteadyNow() + options_.connect_timeout;
  SHOAL_RETURN_IF_NCCL_ERROR(nullptr,
                             ncclCommInitRankConfig(&communicator_, options_.size, id, options_.rank, &config));
  absl::Time next_check = SteadyNow() + kCheckPeriod;
  return PollUntil(deadline, RetryClock::System(), [&]() -> absl::StatusOr<bool> {
    if (SteadyNow() >= next_check) {
      SHOAL_RETURN_IF_ERROR(exchange->CheckCurrent());
      next_check = SteadyNow() + kCheckPeriod;
    }
    return IsReady();
  });
}

NcclCommunicator::~NcclCommunicator() {
  if (communicator_ == nullptr) return;
  // A worker that goes at once may take memory with it that another one still reads from.
  absl::Status status = aborted_ ? absl::CancelledError() : NcclStatus(ncclCommFinalize(communicator_), "finalize");
  if (status.ok()) status = AwaitReady(SteadyNow() + kFinalizeTimeout);
  // Errors have nobody left to tell: the operations have ended.
  (void)(status.ok() ? ncclCommDestroy(communicator_) : ncclCommAbort(communicator_));
}

absl::StatusOr<bool> NcclCommunicator::IsReady() {
  if (aborted_) return absl::CancelledError("this worker ends its part");
  ncclResult_t state = ncclSuccess;
  SHOAL_RETURN_IF_NCCL_ERROR(communicator_, ncclCommGetAsyncError(communicator_, &state));
  SHOAL_RETURN_IF_ERROR(NcclStatus(state, "NCCL", communicator_));
  return state != ncclInProgress;
}

absl::Status NcclCommunicator::AwaitReady(absl::Time deadline) {
  return PollUntil(deadline, RetryClock::System(), [this] { return IsReady(); });
}

absl::Status NcclCommunicator::EndOnError(absl::Status status) {
  if (status.ok() || communicator_ == nullptr) return status;
  (void)ncclCommAbort(std::exchange(communicator_, nullptr));
  if (!absl::IsDeadlineExceeded(status)) return status;
  return absl::DeadlineExceededError(
      absl::StrCat("another worker is silent (cluster.give_up_after_seconds): ", status.message()));
}

absl::Status NcclCommunicator::SendAndReceive(absl::Span<const RankMessage> outgoing,
                                              absl::Span<const RankMessage> incoming, const CudaStream& stream,
                                              absl::Time deadline) {
  if (communicator_ == nullptr) return absl::FailedPreconditionError("an earlier operation failed");
  ncclResult_t code = ncclGroupStart();
  const auto note = [&code](ncclResult_t result) {
    if (code == ncclSuccess || code == ncclInProgress) code = result;
  };
  for (const RankMessage& message : outgoing) {
    if (message.size == 0) continue;  // Both sides know the sizes.
    note(ncclSend(message.floats, message.size, ncclFloat, message.peer, communicator_, stream.get()));
  }
  for (const RankMessage& message : incoming) {
    if (message.size == 0) continue;
    note(ncclRecv(message.floats, message.size, ncclFloat, message.peer, communicator_, stream.get()));
  }
  note(ncclGroupEnd());
  absl::Status status = NcclStatus(code, "ncclSend and ncclRecv", communicator_);
  if (status.ok()) status = AwaitReady(deadline);
  return EndOnError(std::move(status));
}

absl::Status NcclCommunicator::Await(const CudaEvent& event, absl::Time deadline) {
  if (communicator_ == nullptr) return absl::FailedPreconditionError("an earlier operation failed");
  return EndOnError(PollUntil(deadline, RetryClock::System(), [&]() -> absl::StatusOr<bool> {
    SHOAL_RETURN_IF_ERROR(IsReady().status());
    return event.HasHappened();
  }));
}

}  // namespace shoal
