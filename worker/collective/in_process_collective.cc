#include "worker/collective/in_process_collective.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "common/simd/vector_ops.h"

namespace shoal {
namespace {

// One worker's share of the running operation.
struct Call {
  const char* name;
  absl::Span<float> data;  // In and out.
  // Of AllGather, which leaves `data` to the result; else empty.
  absl::Span<const float> mine;
  std::vector<int64_t> counts;
  Collective::Done done;

  bool Matches(const Call& other) const {
    return absl::string_view(name) == other.name && data.size() == other.data.size() && counts == other.counts;
  }
};

// What the collectives share: the operation under way.
class Hub {
 public:
  Hub(int size, CallbackExecutor executor) : size_(size), executor_(std::move(executor)), calls_(size) {}

  int size() const { return size_; }

  void Start(int rank, Call call);
  // The worker is destroyed. Its memory is not touched any more.
  void Leave(int rank);

 private:
  struct Delivery {
    Collective::Done done;
    absl::Status status;
  };

  void Complete() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FailIfCallsDiffer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends every call, with failure_.
  std::vector<Delivery> EndCalls() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // failure_ as `rank` learns of it from its call of `name`.
  absl::Status StatusOf(int rank, const char* name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Deliver(std::vector<Delivery> deliveries) const;

  const int size_;
  const CallbackExecutor executor_;
  absl::Mutex mutex_;
  std::vector<absl::optional<Call>> calls_ ABSL_GUARDED_BY(mutex_);  // By rank.
  int num_calls_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

void SumInRankOrder(std::vector<absl::optional<Call>>& calls) {
  const absl::Span<float> sum = calls[0]->data;
  for (size_t r = 1; r < calls.size(); ++r) Add(calls[r]->data.data(), sum.data(), static_cast<int>(sum.size()));
  for (size_t r = 1; r < calls.size(); ++r) std::copy(sum.begin(), sum.end(), calls[r]->data.begin());
}

void Gather(std::vector<absl::optional<Call>>& calls) {
  for (const absl::optional<Call>& to : calls) {
    float* place = to->data.data();
    for (const absl::optional<Call>& from : calls) {
      if (from->mine.data() != place) std::copy(from->mine.begin(), from->mine.end(), place);
      place += from->mine.size();
    }
  }
}

void Hub::Start(int rank, Call call) {
  std::vector<Delivery> deliveries;
  {
    absl::MutexLock lock(&mutex_);
    assert(!calls_[rank].has_value() && "one operation at a time");
    if (!failure_.ok()) {
      deliveries.push_back({std::move(call.done), StatusOf(rank, call.name)});
    } else {
      calls_[rank] = std::move(call);
      if (++num_calls_ == size_) {
        Complete();
        deliveries = EndCalls();
      }
    }
  }
  Deliver(std::move(deliveries));
}

void Hub::Complete() {
  FailIfCallsDiffer();
  if (!failure_.ok()) return;
  if (calls_[0]->counts.empty()) {
    SumInRankOrder(calls_);
  } else {
    Gather(calls_);
  }
}

void Hub::FailIfCallsDiffer() {
  for (int r = 1; r < size_; ++r) {
    if (calls_[r]->Matches(*calls_[0])) continue;
    failure_ = absl::FailedPreconditionError(
        absl::StrCat("rank 0 calls ", calls_[0]->name, " of ", calls_[0]->data.size(), " floats, rank ", r, " calls ",
                     calls_[r]->name, " of ", calls_[r]->data.size(), " floats or with other counts"));
    return;
  }
}

void Hub::Leave(int rank) {
  std::vector<Delivery> deliveries;
  {
    absl::MutexLock lock(&mutex_);
    if (failure_.ok()) failure_ = absl::UnavailableError(absl::StrCat("rank ", rank, " has gone"));
    if (calls_[rank].has_value()) {
      const std::string message = absl::StrCat(calls_[rank]->name, " on rank ", rank, ": this worker ends its part");
      deliveries.push_back({std::move(calls_[rank]->done), absl::CancelledError(message)});
      calls_[rank].reset();
    }
    for (Delivery& delivery : EndCalls()) deliveries.push_back(std::move(delivery));
  }
  Deliver(std::move(deliveries));
}

std::vector<Hub::Delivery> Hub::EndCalls() {
  std::vector<Delivery> deliveries;
  for (int r = 0; r < size_; ++r) {
    if (!calls_[r].has_value()) continue;
    deliveries.push_back({std::move(calls_[r]->done), StatusOf(r, calls_[r]->name)});
    calls_[r].reset();
  }
  num_calls_ = 0;
  return deliveries;
}

absl::Status Hub::StatusOf(int rank, const char* name) const {
  if (failure_.ok()) return failure_;
  return absl::Status(failure_.code(), absl::StrCat(name, " on rank ", rank, " of ", size_, ": ", failure_.message()));
}

void Hub::Deliver(std::vector<Delivery> deliveries) const {
  for (Delivery& delivery : deliveries) {
    const auto shared = std::make_shared<Delivery>(std::move(delivery));  // std::function must be copyable.
    executor_([shared] { shared->done(shared->status); });
  }
}

class InProcessCollective final : public Collective {
 public:
  InProcessCollective(int rank, std::shared_ptr<Hub> hub) : rank_(rank), hub_(std::move(hub)) {}
  ~InProcessCollective() override { hub_->Leave(rank_); }

  int rank() const override { return rank_; }
  int size() const override { return hub_->size(); }
  void AllReduceSum(absl::Span<float> data, Done done) override {
    hub_->Start(rank_, {"AllReduceSum", data, {}, {}, std::move(done)});
  }
  void AllGather(absl::Span<const float> mine, absl::Span<const int64_t> counts, absl::Span<float> all,
                 Done done) override {
    assert(counts.size() == static_cast<size_t>(size()) && mine.size() == static_cast<size_t>(counts[rank_]));
    hub_->Start(rank_, {"AllGather", all, mine, {counts.begin(), counts.end()}, std::move(done)});
  }

 private:
  const int rank_;
  const std::shared_ptr<Hub> hub_;  // Lives as long as one of its collectives.
};

}  // namespace

std::vector<std::unique_ptr<Collective>> MakeInProcessCollectives(int size) {
  return MakeInProcessCollectives(size, [](const std::function<void()>& callback) { callback(); });
}

std::vector<std::unique_ptr<Collective>> MakeInProcessCollectives(int size, CallbackExecutor executor) {
  const auto hub = std::make_shared<Hub>(size, std::move(executor));
  std::vector<std::unique_ptr<Collective>> collectives;
  for (int rank = 0; rank < size; ++rank) collectives.push_back(std::make_unique<InProcessCollective>(rank, hub));
  return collectives;
}

}  // namespace shoal
