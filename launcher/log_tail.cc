#include "launcher/log_tail.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace shoal {
namespace {

constexpr std::streamoff kMaxBytes = 64 << 10;

}  // namespace

std::vector<std::string> ReadLogTail(const std::string& path, int lines) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const std::streamoff size = file.tellg();
  const std::streamoff length = std::min(size, kMaxBytes);
  std::string text(static_cast<size_t>(length), '\0');
  file.seekg(size - length);
  file.read(text.data(), length);
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty()) return {};
  std::vector<std::string> all = absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
  if (all.size() > static_cast<size_t>(lines)) all.erase(all.begin(), all.end() - lines);
  return all;
}

std::string DescribeLog(const std::string& path, int lines) {
  const std::vector<std::string> tail = ReadLogTail(path, lines);
  if (tail.empty()) return absl::StrCat("  its log is empty: ", path, "\n");
  std::string text = absl::StrCat("  last lines of ", path, ":\n");
  for (const std::string& line : tail) absl::StrAppend(&text, "  | ", line, "\n");
  return text;
}

}  // namespace shoal
