// What users are told of a cluster that the machine has too few processors for.
//
// Thread safety: free functions.
#ifndef SHOAL_LAUNCHER_PROCESSOR_HINT_H_
#define SHOAL_LAUNCHER_PROCESSOR_HINT_H_

#include <string>

#include "proto/job.pb.h"

namespace shoal {

// A line for the user where there are more processes than `processors` of the one machine that runs them all; else, or
// where that is 0, nothing. One process is never too many. REQUIRES: the cluster's parameter_servers is set (a resolved
// job).
std::string ProcessorHint(const ClusterConfig& cluster, int processors);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_PROCESSOR_HINT_H_
