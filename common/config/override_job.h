// Values given on the command line instead of in the job file: --set PATH=VALUE.
#ifndef SHOAL_COMMON_CONFIG_OVERRIDE_JOB_H_
#define SHOAL_COMMON_CONFIG_OVERRIDE_JOB_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "common/config/diagnostic.h"
#include "common/config/field_locations.h"
#include "proto/job.pb.h"

namespace shoal {

// Sets one field of the job, which from then on has the override as its location. `override` is PATH=VALUE:
//
//   training.epochs=3                       any field; messages on the way are created
//   tables.user.embedding_dim=64            an element of a list by its name, or by its place: tables[0]
//   training.optimizer.adam.beta1=0.8       of several alternatives, takes the place of the one that was there
//   data.train.path=u.data                  a string as it stands, or in quotes
//   training.schedule=one_cycle {}          a whole message in text format, with or without braces around it
//
// What is set is replaced, a message with all that it held. A path or value that cannot be is a problem, which names
// the override, the path up to the wrong part, and the alternatives; the job is then not to be used.
void ApplyOverride(absl::string_view override_text, JobConfig* job, FieldLocations* locations,
                   std::vector<Diagnostic>* problems);

}  // namespace shoal

#endif  // SHOAL_COMMON_CONFIG_OVERRIDE_JOB_H_
