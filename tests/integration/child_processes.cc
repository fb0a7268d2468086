#include "tests/integration/child_processes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/launcher/child_test_util.h"

namespace shoal {
namespace {

pid_t ParentOf(const std::string& process_directory) {
  // "pid (name) state parent ...", and the name may hold anything.
  const std::string stat = ReadText(process_directory + "/stat");
  const std::vector<std::string> fields = absl::StrSplit(stat.substr(stat.rfind(')') + 1), ' ');
  return fields.size() > 2 ? std::stoi(fields[2]) : 0;
}

}  // namespace

std::vector<ChildProcess> ChildrenOf(pid_t parent) {
  std::vector<ChildProcess> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos || ParentOf(entry.path().string()) != parent)
      continue;
    const pid_t pid = std::stoi(name);
    const std::string command_line = ReadText(entry.path().string() + "/cmdline");
    children.push_back({pid, absl::StrReplaceAll(command_line, {{std::string(1, '\0'), " "}}), OpenPidfd(pid)});
  }
  return children;
}

const ChildProcess& ChildWith(const std::string& argument, const std::vector<ChildProcess>& children) {
  for (const ChildProcess& child : children) {
    if (absl::StrContains(child.command_line, argument)) return child;
  }
  ADD_FAILURE() << "no process has " << argument;
  return children.front();
}

}  // namespace shoal
