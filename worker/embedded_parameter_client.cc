#include "worker/embedded_parameter_client.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"

namespace shoal {
namespace {

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
  const absl::Status status = CheckRequest(*shard_, step, tables);
  if (!status.ok()) {
    done(status);
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
    }
  }
  done(shard_->boundary());
}

void EmbeddedParameterClient::Push(uint64_t step, Boundary boundary, absl::Span<const PushTable> tables,
                                   PushDone done) {
  const absl::Status status = CheckRequest(*shard_, step, tables);
  if (!status.ok()) {
    done(status);
    return;
  }
  absl::InlinedVector<Shard::LocalGradients, 8> local;
  for (const PushTable& push : tables) local.push_back({push.table, push.ids, push.gradients});
  shard_->ApplyLocal(boundary, local);
  done(boundary == CONTINUE ? absl::OkStatus() : sink_->Save(*shard_));
}

}  // namespace shoal
