#include "launcher/usage_error.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/config/name_hint.h"

namespace shoal {
namespace {

std::vector<const CLI::App*> Subcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// CLI11's groups of options are subcommands without a name.
bool IsGroup(const CLI::App& app) { return app.get_name().empty(); }

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : Subcommands(app)) {
    if (!IsGroup(*sub)) names.push_back(sub->get_name());
  }
  return names;
}

void AddFlags(const CLI::App& app, std::vector<std::string>* flags) {
  for (const CLI::Option* option : app.get_options()) {
    // Groups have help of their own, by the same name.
    if (IsGroup(app) && option == app.get_help_ptr()) continue;
    for (const std::string& name : option->get_lnames()) flags->push_back("--" + name);
    for (const std::string& name : option->get_snames()) flags->push_back("-" + name);
  }
  for (const CLI::App* sub : Subcommands(app)) {
    if (IsGroup(*sub)) AddFlags(*sub, flags);
  }
}

// What is left of the command line where it went wrong: `command` as the user wrote it.
struct Failure {
  const CLI::App* app;
  std::string command;
};

Failure FindFailure(const CLI::App& app) {
  Failure failure = {&app, app.get_name()};
  while (true) {
    const CLI::App* next = nullptr;
    for (const CLI::App* sub : failure.app->get_subcommands()) {
      if (!IsGroup(*sub)) next = sub;
    }
    if (next == nullptr) return failure;
    failure = {next, absl::StrCat(failure.command, " ", next->get_name())};
  }
}

std::string DescribeUnknown(const CLI::App& app, const std::string& argument) {
  if (absl::StartsWith(argument, "-")) {
    std::vector<std::string> flags;
    AddFlags(app, &flags);
    const std::string name = argument.substr(0, argument.find('='));
    return absl::StrCat("there is no flag ", name, ": ", NameHint(name, "flags", flags));
  }
  const std::vector<std::string> commands = CommandNames(app);
  if (commands.empty()) return absl::StrCat("'", argument, "' is one argument too many");
  return absl::StrCat("there is no command '", argument, "': ", NameHint(argument, "commands", commands));
}

std::string DescribeWithout(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> commands = CommandNames(app);
  // CLI11 has no other requirement of what has commands.
  if (commands.empty()) return error.what();
  return absl::StrCat("a command is missing: ", NameHint("", "commands", commands));
}

}  // namespace

std::string DescribeUsageError(const CLI::App& app, const CLI::ParseError& error) {
  const Failure failure = FindFailure(app);
  // What is unknown explains what is missing.
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  const std::string what =
      unknown.empty() ? DescribeWithout(*failure.app, error) : DescribeUnknown(*failure.app, unknown.front());
  return absl::StrCat(failure.command, ": ", what, "\nSee: ", failure.command, " --help\n");
}

}  // namespace shoal
