#include "tests/support/collectives.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "tests/launcher/test_job.h"
#include "tests/support/direct_coordinator_link.h"
#include "worker/collective/gloo_collective.h"

namespace shoal {
namespace {

void OnThreads(int count, const std::function<void(int)>& function) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&function, i] { function(i); });
  for (std::thread& thread : threads) thread.join();
}

absl::Status Wait(const std::function<void(Collective::Done)>& start) {
  absl::Notification notification;
  absl::Status result;
  start([&](absl::Status status) {
    result = std::move(status);
    notification.Notify();
  });
  notification.WaitForNotification();
  return result;
}

}  // namespace

Collectives ConnectOnThreads(int size, const ConnectRank& connect) {
  Coordinator::Options options;
  options.job = MakeTestJob(size, /*servers=*/1);
  DirectCoordinatorLink link(options);
  Collectives collectives(size);
  OnThreads(size, [&](int rank) {
    ASSERT_TRUE(link.Register(MakeRegistration(WORKER, rank)).ok());
    auto collective = connect(rank, &link);
    ASSERT_TRUE(collective.ok()) << collective.status();
    collectives[rank] = *std::move(collective);
  });
  return collectives;
}

Collectives ConnectGlooCollectives(int size, absl::Duration timeout) {
  return ConnectOnThreads(size, [&](int rank, CoordinatorLink* link) -> absl::StatusOr<std::unique_ptr<Collective>> {
    GlooCollective::Options options;
    options.rank = rank;
    options.size = size;
    options.incarnation = 1;
    options.timeout = timeout;
    return GlooCollective::Connect(options, link);
  });
}

void OnEachRank(const Collectives& collectives, const std::function<void(Collective&)>& function) {
  OnThreads(static_cast<int>(collectives.size()), [&](int rank) { function(*collectives[rank]); });
}

absl::Status SumAndWait(Collective& collective, absl::Span<float> data) {
  return Wait([&](Collective::Done done) { collective.AllReduceSum(data, std::move(done)); });
}

absl::Status GatherAndWait(Collective& collective, absl::Span<const float> mine, absl::Span<const int64_t> counts,
                           absl::Span<float> all) {
  return Wait([&](Collective::Done done) { collective.AllGather(mine, counts, all, std::move(done)); });
}

absl::Status SumAndDestroy(std::unique_ptr<Collective> collective) {
  std::vector<float> data(1000, 1);
  return Wait([&](Collective::Done done) {
    collective->AllReduceSum(absl::MakeSpan(data), std::move(done));
    collective.reset();
  });
}

}  // namespace shoal
