// The first rows of tables that begin with the vectors of a file.
#ifndef SHOAL_PARAMETER_SERVER_BEGIN_PRETRAINED_H_
#define SHOAL_PARAMETER_SERVER_BEGIN_PRETRAINED_H_

#include "absl/status/status.h"
#include "parameter_server/shard.h"
#include "proto/job.pb.h"

namespace shoal {

// Creates the shard's rows that have a vector in their table's file, so that every checkpoint holds them and nothing
// needs the file again. Vocabularies lie in job.vocabulary_directory. Errors as ReadPretrained and Vocabulary::Read.
// REQUIRES: no row was created.
absl::Status BeginPretrained(const ResolvedJob& job, Shard& shard);

}  // namespace shoal

#endif  // SHOAL_PARAMETER_SERVER_BEGIN_PRETRAINED_H_
