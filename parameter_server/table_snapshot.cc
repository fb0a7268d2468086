#include "parameter_server/table_snapshot.h"

#include "common/base/aligned_floats.h"
#include "parameter_server/table.h"

namespace shoal {

TableSnapshot::TableSnapshot(const Table& table) : table_(table), schema_(table.schema()) {
  const auto num_partitions = static_cast<uint64_t>(schema_.num_partitions);
  const auto num_embeddings = static_cast<uint64_t>(schema_.num_embeddings);
  // Slot by slot, and partition by partition within a slot, is the ascending order of ids.
  for (uint64_t slot = 0; slot * num_partitions < num_embeddings; ++slot) {
    for (uint64_t p = 0; p < num_partitions && slot * num_partitions + p < num_embeddings; ++p) {
      const Partition* partition = table.partitions_[p].get();
      if (partition != nullptr && partition->created(static_cast<int64_t>(slot))) {
        ids_.push_back(slot * num_partitions + p);
      }
    }
  }
}

std::vector<uint64_t> TableSnapshot::last_steps() const {
  std::vector<uint64_t> last_steps;
  last_steps.reserve(ids_.size());
  for (uint64_t id : ids_) last_steps.push_back(table_.layout().last_step(table_.Address(id)));
  return last_steps;
}

void TableSnapshot::ForEach(int field, absl::FunctionRef<void(absl::Span<const float>)> sink) const {
  const RowLayout& layout = table_.layout();
  const auto width = static_cast<size_t>(schema_.fields[field].width);
  const bool is_pending_weight = field == static_cast<int>(layout.fields().size()) + 1;
  AlignedFloats scratch(layout.row_floats());
  for (uint64_t id : ids_) {
    const float* row = table_.Address(id);
    if (field == 0) {
      row = table_.Current(id, row, scratch.data());
    } else if (!is_pending_weight) {
      row += layout.field_offset(field - 1);
    }
    sink({row, width});
  }
}

}  // namespace shoal
