// The tables of a factorisation: rows of users and of items, which have one dimension, and biases, which have one
// number. Column 0 of ModelColumns::ids is the users', column 1 the items'.
//
// Thread safety: immutable.
#ifndef SHOAL_WORKER_FACTOR_TABLES_H_
#define SHOAL_WORKER_FACTOR_TABLES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/job.pb.h"
#include "worker/model.h"

namespace shoal {

class FactorTables {
 public:
  static constexpr int kUserColumn = 0;
  static constexpr int kItemColumn = 1;

  // `path` is the model's in the job, for errors: "model.matrix_factorization". Both outlive the result.
  FactorTables(const JobConfig& job, absl::string_view path) : job_(job), path_(path) {}

  // Lookups of the users' and of the items' rows. InvalidArgument names the field and the value that cannot be, and for
  // a table that is missing those that there are.
  absl::StatusOr<std::vector<Lookup>> Factors(const Feature& user, const Feature& item) const;

  // Number of a table of biases. Fails as Factors.
  absl::StatusOr<int> Bias(absl::string_view field, const std::string& name) const;

  absl::Status Invalid(absl::string_view field, absl::string_view problem) const;

 private:
  absl::StatusOr<int> Find(absl::string_view field, const std::string& name) const;

  const JobConfig& job_;
  const absl::string_view path_;
};

}  // namespace shoal

#endif  // SHOAL_WORKER_FACTOR_TABLES_H_
