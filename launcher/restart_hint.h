// What users are told of a job whose lost workers cannot be started anew though it asks for that.
//
// Thread safety: free functions.
#ifndef SHOAL_LAUNCHER_RESTART_HINT_H_
#define SHOAL_LAUNCHER_RESTART_HINT_H_

#include <string>

#include "proto/job.pb.h"

namespace shoal {

// A line for the user where max_restarts has no effect, since nobody has what the only worker holds; else nothing.
// REQUIRES: the cluster's parameter_servers is set (a resolved job).
std::string RestartHint(const JobConfig& job);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_RESTART_HINT_H_
