// For functions of shared libraries that each executable of the tsan preset defines anew, in front of them.
#ifndef SHOAL_DEPLOY_TSAN_NEXT_DEFINITION_H_
#define SHOAL_DEPLOY_TSAN_NEXT_DEFINITION_H_

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/base/options.h"

#if ABSL_OPTION_USE_INLINE_NAMESPACE != 1
#error "Mangled names here need an Abseil with an inline namespace, as Debian's and Ubuntu's have"
#endif
#define SHOAL_STRING_INNER_(x) #x
#define SHOAL_STRING_(x) SHOAL_STRING_INNER_(x)

namespace shoal {

// The next definition, after the executable's, of `name` as the linker knows it.
template <typename Function>
Function* NextDefinition(const std::string& name) {
  void* symbol = dlsym(RTLD_NEXT, name.c_str());
  if (symbol == nullptr) {
    std::fprintf(stderr, "%s is in no shared library: is its library linked statically?\n", name.c_str());
    std::abort();
  }
  return reinterpret_cast<Function*>(symbol);
}

// Abseil's namespace within a mangled name.
inline std::string MangledAbsl() {
  const std::string inline_namespace = SHOAL_STRING_(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  return "4absl" + std::to_string(inline_namespace.size()) + inline_namespace;
}

}  // namespace shoal

#undef SHOAL_STRING_
#undef SHOAL_STRING_INNER_

#endif  // SHOAL_DEPLOY_TSAN_NEXT_DEFINITION_H_
