// Tells ThreadSanitizer what gRPC's callbacks order.
//
// The distribution's gRPC is not built with ThreadSanitizer, but the templates of its headers are compiled into our
// executables, and are. What they write before a batch starts and read after it has ended, in another thread, then
// looks like a race, for the queue between is in the library. As in absl_synchronization.cc, each executable defines
// such functions of the library anew: each calls the library's and says what happened before what.
//
// Told is only what gRPC promises: a batch starts before it ends, a handler returns before OnCancel runs, OnDone comes
// after all of that, and a slice is made before it is destroyed. Handlers and reactions of different calls stay
// unordered, and what they access is checked.
#include <grpc/grpc.h>
#include <grpcpp/support/server_callback.h>
#include <sanitizer/tsan_interface.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "deploy/tsan/next_definition.h"

// gRPC's own.
struct grpc_cq_completion;
using EndOfBatchDone = void(void* done_argument, grpc_cq_completion* storage);

namespace {

using grpc::internal::ServerCallbackCall;
using grpc::internal::ServerReactor;
using shoal::NextDefinition;

// What gives a slice's memory back.
struct SliceOwner {
  void (*destroy)(void*);
  void* user_data;

  static void Destroy(void* argument) {
    __tsan_acquire(argument);
    const std::unique_ptr<SliceOwner> owner(static_cast<SliceOwner*>(argument));
    owner->destroy(owner->user_data);
  }
};

// The counters of a call, by which header and library order it: what the header does to them is instrumented, what the
// library does is told below. They are private, but an explicit instantiation may name them.
std::atomic_int& CancelConditions(ServerCallbackCall& call);
std::atomic_int& CallbacksOutstanding(ServerCallbackCall& call);
template <std::atomic_int ServerCallbackCall::*kConditions, std::atomic_int ServerCallbackCall::*kOutstanding>
struct Counters {
  friend std::atomic_int& CancelConditions(ServerCallbackCall& call) { return call.*kConditions; }
  friend std::atomic_int& CallbacksOutstanding(ServerCallbackCall& call) { return call.*kOutstanding; }
};
template struct Counters<&ServerCallbackCall::on_cancel_conditions_remaining_,
                         &ServerCallbackCall::callbacks_outstanding_>;

// Stands in for a reactor whose OnCancel is due. After OnCancel the library drops its reference to the call, and so
// releases what OnCancel has touched.
class CancelledReactor final : public ServerReactor {
 public:
  CancelledReactor(ServerCallbackCall* call, ServerReactor* reactor) : call_(call), reactor_(reactor) {}

  void OnDone() override { std::abort(); }
  void OnCancel() override {
    reactor_->OnCancel();
    __tsan_release(&CallbacksOutstanding(*call_));
    delete this;
  }
  bool InternalInlineable() override { return reactor_->InternalInlineable(); }

 private:
  ServerCallbackCall* const call_;
  ServerReactor* const reactor_;
};

}  // namespace

extern "C" {

// Slices are counted in the library, and destroyed by whoever drops the last one.
grpc_slice grpc_slice_new_with_user_data(void* p, size_t len, void (*destroy)(void*), void* user_data) {
  static auto* const next = NextDefinition<decltype(grpc_slice_new_with_user_data)>("grpc_slice_new_with_user_data");
  auto* const owner = new SliceOwner{destroy, user_data};
  __tsan_release(owner);
  return next(p, len, &SliceOwner::Destroy, owner);
}

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t nops, void* tag, void* reserved) {
  static auto* const next = NextDefinition<decltype(grpc_call_start_batch)>("grpc_call_start_batch");
  __tsan_release(tag);
  return next(call, ops, nops, tag, reserved);
}

// A server that takes calls from a queue asks for the next one by a tag.
grpc_call_error grpc_server_request_registered_call(grpc_server* server, void* method, grpc_call** call,
                                                    gpr_timespec* deadline, grpc_metadata_array* metadata,
                                                    grpc_byte_buffer** payload, grpc_completion_queue* bound_queue,
                                                    grpc_completion_queue* notification_queue, void* tag) {
  static auto* const next =
      NextDefinition<decltype(grpc_server_request_registered_call)>("grpc_server_request_registered_call");
  __tsan_release(tag);
  return next(server, method, call, deadline, metadata, payload, bound_queue, notification_queue, tag);
}

// The threads that run callbacks, and our own, take their tags here.
grpc_event grpc_completion_queue_next(grpc_completion_queue* cq, gpr_timespec deadline, void* reserved) {
  static auto* const next = NextDefinition<decltype(grpc_completion_queue_next)>("grpc_completion_queue_next");
  const grpc_event event = next(cq, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"

// Where the core ends a batch, in whichever thread did the last of its work: what that thread has allocated, such as
// the message of a status, is read by the one that takes the tag. Not public: a gRPC without it never calls this.
void grpc_cq_end_op(grpc_completion_queue* cq, void* tag, absl::Status error, EndOfBatchDone* done, void* done_argument,
                    grpc_cq_completion* storage, bool internal) {
  static auto* const next =
      NextDefinition<decltype(grpc_cq_end_op)>("_Z14grpc_cq_end_opP21grpc_completion_queuePvN" + shoal::MangledAbsl() +
                                               "6StatusEPFvS1_P18grpc_cq_completionES1_S6_b");
  __tsan_release(tag);
  next(cq, tag, std::move(error), done, done_argument, storage, internal);
}

namespace grpc {
namespace internal {

void ServerCallbackCall::CallOnCancel(ServerReactor* reactor) {
  static auto* const next = NextDefinition<void(ServerCallbackCall*, ServerReactor*)>(
      "_ZN4grpc8internal18ServerCallbackCall12CallOnCancelEPNS0_13ServerReactorE");
  __tsan_acquire(&CancelConditions(*this));
  next(this, new CancelledReactor(this, reactor));
}

void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  static auto* const next =
      NextDefinition<void(ServerCallbackCall*, bool)>("_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");
  __tsan_acquire(&CallbacksOutstanding(*this));
  next(this, inline_ondone);
}

}  // namespace internal
}  // namespace grpc
