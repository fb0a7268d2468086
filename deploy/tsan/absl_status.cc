// Keeps ThreadSanitizer from seeing how Abseil's statuses give their memory back.
//
// Copies of a status share it. They are counted up in the header, which is instrumented, and down in the library, which
// is not: the last one's delete would look like a race with whatever another thread did to its copy.
#include <cstdint>

#include "absl/status/status.h"
#include "deploy/tsan/next_definition.h"

// ThreadSanitizer's own, in no header of gcc's: between them this thread's accesses go unseen.
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);

namespace absl {
ABSL_NAMESPACE_BEGIN

void Status::UnrefNonInlined(uintptr_t rep) {
  static auto* const next =
      shoal::NextDefinition<void(uintptr_t)>("_ZN" + shoal::MangledAbsl() + "6Status15UnrefNonInlinedEm");
  AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  next(rep);
  AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}

ABSL_NAMESPACE_END
}  // namespace absl
