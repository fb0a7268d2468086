#include "common/data/vocabulary.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/byte_source.h"
#include "common/data/quote_text.h"

namespace shoal {
namespace {

absl::Status WriteSynced(const std::string& path, absl::string_view bytes) {
  const auto failure = [&path](const char* verb) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", verb, " '", path, "'"));
  };
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return failure("create");
  const absl::Cleanup close_file = [descriptor] { close(descriptor); };
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure("write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : failure("sync");
}

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::Read(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenByteSource(path));
  std::string text;
  size_t size = 0;
  while (true) {
    constexpr size_t kBlockBytes = 1 << 20;
    text.resize(size + kBlockBytes);
    SHOAL_ASSIGN_OR_RETURN(const size_t got, source->Read(text.data() + size, kBlockBytes));
    size += got;
    if (got == 0) break;
  }
  text.resize(size);
  Vocabulary vocabulary;
  absl::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const absl::string_view key = rest.substr(0, end);
    const int64_t line = vocabulary.size() + 1;
    const auto bad_key = [&](absl::string_view problem) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", line, ": key ", QuoteText(key), problem));
    };
    if (end == rest.npos) return bad_key(" is cut off: no line feed ends it");
    const uint64_t id = vocabulary.Add(key);
    if (vocabulary.size() < line) return bad_key(absl::StrCat(" stands in line ", id + 1, " already"));
    rest.remove_prefix(end + 1);
  }
  return vocabulary;
}

absl::Status Vocabulary::Write(const std::string& path) const {
  std::string text;
  for (const std::string& key : keys_) absl::StrAppend(&text, key, "\n");
  const std::string aside = absl::StrCat(path, ".tmp");
  SHOAL_RETURN_IF_ERROR(WriteSynced(aside, text));
  if (std::rename(aside.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot rename '", aside, "' to '", path, "'"));
  }
  return absl::OkStatus();
}

uint64_t Vocabulary::Add(absl::string_view key) {
  const auto [entry, is_new] = ids_.try_emplace(key, keys_.size());
  if (is_new) keys_.emplace_back(key);
  return entry->second;
}

absl::optional<uint64_t> Vocabulary::Find(absl::string_view key) const {
  const auto found = ids_.find(key);
  if (found == ids_.end()) return absl::nullopt;
  return found->second;
}

}  // namespace shoal
