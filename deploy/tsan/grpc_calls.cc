// Tells ThreadSanitizer what gRPC orders of a call.
//
// The distribution's gRPC is not built with ThreadSanitizer, but the templates of its headers are compiled into our
// executables, and are. What they write before a batch starts and read after it has ended, in another thread, then
// looks like a race, for the queue between is in the library. As in absl_synchronization.cc, each executable defines
// such functions of the library anew: each calls the library's and says what happened before what.
//
// Told is only what gRPC promises: a batch starts before it ends, a server asks for a call before it comes, and a slice
// is made before it is destroyed. Handlers and callbacks of different calls stay unordered, and what they access is
// checked.
#include <grpc/grpc.h>
#include <sanitizer/tsan_interface.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "deploy/tsan/next_definition.h"

// gRPC's own.
struct grpc_cq_completion;
using EndOfBatchDone = void(void* done_argument, grpc_cq_completion* storage);

namespace {

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
