#include "common/data/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/data/gzip_source.h"
#include "common/data/zstd_source.h"

namespace shoal {
namespace {

class FileSource : public ByteSource {
 public:
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open '", path, "'"));
    std::unique_ptr<FileSource> source(new FileSource(path, descriptor));
    struct stat info;
    if (fstat(descriptor, &info) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot stat '", path, "'"));
    if (S_ISDIR(info.st_mode)) return absl::InvalidArgumentError(absl::StrCat("'", path, "' is a folder, not a file"));
    return source;
  }
  ~FileSource() override { close(descriptor_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  // The first bytes, at most `size` of them; the next reads return them once more. REQUIRES: nothing is read yet.
  // Looking ahead, not seeking back, keeps pipes readable.
  absl::StatusOr<absl::string_view> Peek(size_t size) {
    peeked_.resize(size);
    size_t have = 0;
    while (have < size) {
      SHOAL_ASSIGN_OR_RETURN(const size_t got, ReadFile(peeked_.data() + have, size - have));
      if (got == 0) break;
      have += got;
    }
    peeked_.resize(have);
    return absl::string_view(peeked_);
  }

  absl::StatusOr<size_t> Read(char* data, size_t size) override {
    if (peeked_.empty()) return ReadFile(data, size);
    const size_t count = std::min(size, peeked_.size());
    std::memcpy(data, peeked_.data(), count);
    peeked_.erase(0, count);
    return count;
  }

 private:
  FileSource(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  absl::StatusOr<size_t> ReadFile(char* data, size_t size) {
    ssize_t got;
    do {
      got = read(descriptor_, data, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read '", path_, "'"));
    return static_cast<size_t>(got);
  }

  std::string path_;
  int descriptor_;
  std::string peeked_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenByteSource(const std::string& path) {
  SHOAL_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> file, FileSource::Open(path));
  SHOAL_ASSIGN_OR_RETURN(const absl::string_view magic, file->Peek(4));
  if (LooksLikeGzip(magic)) return std::make_unique<GzipSource>(std::move(file), path);
  if (LooksLikeZstd(magic)) return std::make_unique<ZstdSource>(std::move(file), path);
  return file;
}

}  // namespace shoal
