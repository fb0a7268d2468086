// Tells ThreadSanitizer what Abseil's mutexes order.
//
// The distribution's Abseil is not built with ThreadSanitizer, which therefore sees neither the lock nor the unlock of
// an absl::Mutex and takes everything that it guards for a race. Suppressing that would blind it to our own races.
// Instead each executable of the tsan preset defines the public operations anew, in front of the shared library: each
// calls the library's and says what happened before what. Calls from gRPC come through here as well.
//
// What is not told: readers of one mutex are ordered among each other (a race between two readers goes unseen), and
// absl::Notification::HasBeenNotified is inline, so only the waits order anything.
#include <sanitizer/tsan_interface.h>

#include <string>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "deploy/tsan/next_definition.h"

namespace {

// The absl member `suffix`: its mangled name without the namespace.
template <typename Function>
Function* Next(const char* suffix, const char* prefix = "_ZN") {
  return shoal::NextDefinition<Function>(prefix + shoal::MangledAbsl() + suffix);
}

// A condition may be evaluated by another thread, one that is about to release the mutex.
struct Observed {
  absl::Mutex* mu;
  const absl::Condition* condition;
};

// What is read before the acquire must not be seen: the condition's own fields (with a void*, absl::Condition reads
// them inside the library) and `observed->mu`.
__attribute__((no_sanitize_thread)) bool Evaluate(void* argument) {
  auto* const observed = static_cast<Observed*>(argument);
  __tsan_acquire(observed->mu);
  const bool holds = observed->condition->Eval();
  __tsan_release(observed->mu);  // Where it does not hold, the library releases the mutex next.
  return holds;
}

// Calls `wait`, which takes `mu` once the condition holds, with the condition and what else it takes.
template <typename Wait, typename... Until>
auto WaitOn(absl::Mutex* mu, const absl::Condition& condition, Wait* wait, Until... until) {
  struct AcquireAtEnd {
    absl::Mutex* mu;
    ~AcquireAtEnd() { __tsan_acquire(mu); }
  } acquire{mu};
  Observed observed{mu, &condition};
  __tsan_release(mu);
  return wait(mu, absl::Condition(&Evaluate, static_cast<void*>(&observed)), until...);
}

using MutexOperation = void(absl::Mutex*);
using MutexTry = bool(absl::Mutex*);
using ConditionWait = void(absl::Mutex*, const absl::Condition&);
using ConditionWaitFor = bool(absl::Mutex*, const absl::Condition&, absl::Duration);
using ConditionWaitUntil = bool(absl::Mutex*, const absl::Condition&, absl::Time);

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const next = Next<MutexOperation>("5Mutex4LockEv");
  next(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  static auto* const next = Next<MutexOperation>("5Mutex6UnlockEv");
  __tsan_release(this);
  next(this);
}

bool Mutex::TryLock() {
  static auto* const next = Next<MutexTry>("5Mutex7TryLockEv");
  const bool locked = next(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::ReaderLock() {
  static auto* const next = Next<MutexOperation>("5Mutex10ReaderLockEv");
  next(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  static auto* const next = Next<MutexOperation>("5Mutex12ReaderUnlockEv");
  __tsan_release(this);
  next(this);
}

bool Mutex::ReaderTryLock() {
  static auto* const next = Next<MutexTry>("5Mutex13ReaderTryLockEv");
  const bool locked = next(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Await(const Condition& cond) {
  static auto* const next = Next<ConditionWait>("5Mutex5AwaitERKNS0_9ConditionE");
  WaitOn(this, cond, next);
}

bool Mutex::AwaitWithTimeout(const Condition& cond, Duration timeout) {
  static auto* const next = Next<ConditionWaitFor>("5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return WaitOn(this, cond, next, timeout);
}

bool Mutex::AwaitWithDeadline(const Condition& cond, Time deadline) {
  static auto* const next = Next<ConditionWaitUntil>("5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return WaitOn(this, cond, next, deadline);
}

void Mutex::LockWhen(const Condition& cond) {
  static auto* const next = Next<ConditionWait>("5Mutex8LockWhenERKNS0_9ConditionE");
  WaitOn(this, cond, next);
}

bool Mutex::LockWhenWithTimeout(const Condition& cond, Duration timeout) {
  static auto* const next = Next<ConditionWaitFor>("5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return WaitOn(this, cond, next, timeout);
}

bool Mutex::LockWhenWithDeadline(const Condition& cond, Time deadline) {
  static auto* const next = Next<ConditionWaitUntil>("5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return WaitOn(this, cond, next, deadline);
}

void Mutex::ReaderLockWhen(const Condition& cond) {
  static auto* const next = Next<ConditionWait>("5Mutex14ReaderLockWhenERKNS0_9ConditionE");
  WaitOn(this, cond, next);
}

bool Mutex::ReaderLockWhenWithTimeout(const Condition& cond, Duration timeout) {
  static auto* const next = Next<ConditionWaitFor>("5Mutex25ReaderLockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  return WaitOn(this, cond, next, timeout);
}

bool Mutex::ReaderLockWhenWithDeadline(const Condition& cond, Time deadline) {
  static auto* const next = Next<ConditionWaitUntil>("5Mutex26ReaderLockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  return WaitOn(this, cond, next, deadline);
}

void CondVar::Wait(Mutex* mu) {
  static auto* const next = Next<void(CondVar*, Mutex*)>("7CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mu);
  next(this, mu);
  __tsan_acquire(mu);
}

bool CondVar::WaitWithTimeout(Mutex* mu, Duration timeout) {
  static auto* const next =
      Next<bool(CondVar*, Mutex*, Duration)>("7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mu);
  const bool timed_out = next(this, mu, timeout);
  __tsan_acquire(mu);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mu, Time deadline) {
  static auto* const next = Next<bool(CondVar*, Mutex*, Time)>("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mu);
  const bool timed_out = next(this, mu, deadline);
  __tsan_acquire(mu);
  return timed_out;
}

void Notification::Notify() {
  static auto* const next = Next<void(Notification*)>("12Notification6NotifyEv");
  __tsan_release(this);
  next(this);
}

void Notification::WaitForNotification() const {
  static auto* const next = Next<void(const Notification*)>("12Notification19WaitForNotificationEv", "_ZNK");
  next(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  static auto* const next = Next<bool(const Notification*, Duration)>(
      "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE", "_ZNK");
  const bool notified = next(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
