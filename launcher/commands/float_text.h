// Floats as text that loses nothing.
#ifndef SHOAL_LAUNCHER_COMMANDS_FLOAT_TEXT_H_
#define SHOAL_LAUNCHER_COMMANDS_FLOAT_TEXT_H_

#include <charconv>
#include <string>

namespace shoal {

// Appends the shortest text that reads back as the same float.
inline void AppendFloat(float value, std::string* out) {
  char text[32];
  const std::to_chars_result result = std::to_chars(text, text + sizeof(text), value);
  out->append(text, result.ptr);
}

}  // namespace shoal

#endif  // SHOAL_LAUNCHER_COMMANDS_FLOAT_TEXT_H_
