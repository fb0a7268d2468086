#include "launcher/summary_writer.h"

#include <algorithm>

namespace shoal {

absl::Status SummaryWriter::Write(absl::Time now) {
  written_ = now;
  due_ = absl::InfiniteFuture();
  return summary_->Write(*files_, path_);
}

void SummaryWriter::OnChange() { due_ = std::min(due_, written_ + period_); }

absl::Status SummaryWriter::WriteIfDue(absl::Time now) { return now >= due_ ? Write(now) : absl::OkStatus(); }

}  // namespace shoal
