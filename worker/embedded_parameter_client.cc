#include "worker/embedded_parameter_client.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "common/codec/row_encoding.h"
#include "common/optimizer/row_layout.h"

namespace shoal {
namespace {

// So many take some milliseconds, a thread some microseconds to begin.
constexpr size_t kMinRowsAThread = 4096;
// A container may have fewer processors than the machine that it sees.
constexpr unsigned kMaxThreads = 16;

// Workers are our own code, but ids come from data: they are checked before any row moves, as a server does.
template <typename TableSpan>
absl::Status CheckRequest(const Shard& shard, uint64_t step, TableSpan tables) {
  if (step != shard.applied_step() + 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("request for step ", step, ", but step ", shard.applied_step(), " is applied"));
  }
  for (const auto& table : tables) {
    absl::Status status = shard.tables()[table.table]->CheckIds(table.ids);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

void EmbeddedParameterClient::Pull(uint64_t step, bool read_only, absl::Span<const PullTable> tables, PullDone done) {
  const bool rounds = !read_only && wire_dtype_ != FLOAT32;
  absl::Status status = CheckRequest(*shard_, step, tables);
  if (rounds && absl::c_any_of(tables, [](const PullTable& pull) { return pull.row_floats > 0; })) {
    status.Update(absl::InvalidArgumentError("rows with their state are not rounded to 16 bits"));
  }
  if (!status.ok()) {
    done(std::move(status));
    return;
  }
  for (const PullTable& pull : tables) {
    Table& table = shard_->table(pull.table);
    const int floats = pull.row_floats > 0 ? pull.row_floats : table.layout().segment();
    const auto distance_bytes = static_cast<int64_t>(floats * sizeof(float));
    auto* out = reinterpret_cast<uint8_t*>(pull.rows);
    if (read_only) {
      table.PullReadOnly(pull.ids, floats, distance_bytes, out);
    } else {
      table.Pull(pull.ids, floats, distance_bytes, out);
      if (rounds) Round(step, pull.table, RowEncoder::kServer, pull.ids, pull.rows);
    }
  }
  done(shard_->boundary());
}

void EmbeddedParameterClient::Round(uint64_t step, int table, uint32_t sender, absl::Span<const uint64_t> ids,
                                    float* rows) const {
  RowEncoder encoder(wire_dtype_, shard_->seed(), step, static_cast<uint32_t>(table), sender);
  const int dim = shard_->dims()[table];
  for (const uint64_t id : ids) {
    encoder.Round(id, dim, rows);
    rows += SegmentFloats(dim);
  }
}

void EmbeddedParameterClient::Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables,
                                   PushDone done) {
  const absl::Status status = CheckRequest(*shard_, step, tables);
  if (!status.ok()) {
    done(status);
    return;
  }
  absl::InlinedVector<Shard::LocalGradients, 8> local;
  for (const PushTable& push : tables) {
    if (wire_dtype_ != FLOAT32) Round(step, push.table, RowEncoder::Worker(0), push.ids, push.gradients);
    local.push_back({push.table, push.ids, push.gradients});
  }
  shard_->ApplyLocal(boundary, local);
  done(boundary == CONTINUE ? absl::OkStatus() : sink_->Save(*shard_));
}

void EmbeddedParameterClient::Read(int table, absl::Span<const uint64_t> ids, float* rows) const {
  const Table& from = *shard_->tables()[table];
  // New rows are computed, which takes much longer than to copy them.
  const size_t processors = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
  const size_t part = std::max(kMinRowsAThread, (ids.size() + processors - 1) / processors);
  std::vector<std::thread> others;
  for (size_t begin = part; begin < ids.size(); begin += part) {
    others.emplace_back([&from, some = ids.subspan(begin, part), to = rows + begin * from.layout().row_floats()] {
      from.CopyRows(some, to);
    });
  }
  from.CopyRows(ids.first(std::min(part, ids.size())), rows);
  for (std::thread& other : others) other.join();
}

void EmbeddedParameterClient::Write(int table, absl::Span<const uint64_t> ids, const float* rows) {
  shard_->table(table).ReplaceRows(ids, rows);
}

}  // namespace shoal
