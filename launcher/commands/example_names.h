// What ties a line of output to its example: columns of tab-separated text.
//
// Thread safety: free functions.
#ifndef SHOAL_LAUNCHER_COMMANDS_EXAMPLE_NAMES_H_
#define SHOAL_LAUNCHER_COMMANDS_EXAMPLE_NAMES_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/data/dataset.h"

namespace shoal {

// A text as a field of a tab-separated line. One with a tab or a quote in it is quoted, and its quotes are doubled, as
// readers of such files expect (pandas, Python's csv).
void AppendField(absl::string_view text, std::string* out);

// Titles of the columns, tabs between them: where the records stand (line, image, record), then the id columns.
// REQUIRES: the examples have their names.
std::string NamesHeader(const Dataset& examples);
// The same columns of one example.
void AppendNames(const Dataset& examples, size_t example, std::string* out);

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_EXAMPLE_NAMES_H_
