// The references of a model into the rest of its job: to tables, and to columns of the data.
//
// Thread safety: as MessageCheck.
#ifndef SHOAL_COMMON_CONFIG_MODEL_REFERENCES_H_
#define SHOAL_COMMON_CONFIG_MODEL_REFERENCES_H_

#include <string>

#include "absl/types/span.h"
#include "common/config/data_columns.h"
#include "common/config/message_check.h"
#include "proto/job.pb.h"

namespace shoal {

class ModelReferences {
 public:
  // `job_check` is of the job. Both must outlive the references.
  ModelReferences(const JobConfig& job, const MessageCheck& job_check) : job_(job), job_check_(job_check) {}

  // The table that the field of `check` names; null where there is none, which is reported unless an unreadable name
  // may be the one that is meant.
  const TableConfig* Table(const std::string& name, const std::string& field, const MessageCheck& check) const;

  // Reports a name that is no column of that kind, or of one of them, in some source of the job.
  void CheckColumn(const std::string& name, ColumnKind kind, const std::string& field,
                   const MessageCheck& check) const {
    CheckColumn(name, absl::MakeConstSpan(&kind, 1), field, check);
  }
  void CheckColumn(const std::string& name, absl::Span<const ColumnKind> kinds, const std::string& field,
                   const MessageCheck& check) const;

  // The feature's table, or null.
  const TableConfig* CheckFeature(const Feature& feature, const MessageCheck& check) const;

  // Reports a table of biases that does not have one number a row, or not the rows of `by`, the table looked up by the
  // same ids; null where there is none or it is not known.
  void CheckBias(const std::string& name, const std::string& field, const TableConfig* by,
                 const MessageCheck& check) const;

 private:
  const JobConfig& job_;
  const MessageCheck& job_check_;
};

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_MODEL_REFERENCES_H_
