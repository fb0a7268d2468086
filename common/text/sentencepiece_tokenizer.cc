#include "common/text/sentencepiece_tokenizer.h"

#include <dlfcn.h>

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file_system.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

constexpr char kModule[] = "libshoal_sentencepiece.so";
constexpr uint64_t kMaxModelBytes = uint64_t{1} << 30;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SHOAL_NO_DEEPBIND
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SHOAL_NO_DEEPBIND
#endif
#endif

absl::StatusOr<const SentencePieceFunctions*> LoadModule() {
#ifdef SHOAL_NO_DEEPBIND
  return absl::UnimplementedError("SentencePiece cannot be loaded under AddressSanitizer or ThreadSanitizer");
#else
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(absl::StrCat("cannot read /proc/self/exe: ", error.message()));
  const std::string path = (self.parent_path() / kModule).string();
  // Never closed: SentencePiece registers functions that run at exit.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  const void* functions = module == nullptr ? nullptr : dlsym(module, kSentencePieceSymbol);
  if (functions != nullptr) return static_cast<const SentencePieceFunctions*>(functions);
  return absl::UnimplementedError(absl::StrCat("this build of shoal has no SentencePiece (", dlerror(),
                                               "); install libsentencepiece-dev and build again"));
#endif
}

// Once a process.
const absl::StatusOr<const SentencePieceFunctions*>& Module() {
  static const auto& module = *new absl::StatusOr<const SentencePieceFunctions*>(LoadModule());
  return module;
}

void AppendText(void* text, const char* bytes, size_t size) { static_cast<std::string*>(text)->append(bytes, size); }

// Pieces one behind the other, and where they end.
struct Pieces {
  std::string* text;
  std::vector<size_t> ends;
};

void AppendPiece(void* context, const char* bytes, size_t size) {
  auto* pieces = static_cast<Pieces*>(context);
  pieces->text->append(bytes, size);
  pieces->ends.push_back(pieces->text->size());
}

}  // namespace

SentencePieceTokenizer::SentencePieceTokenizer(const SentencePieceFunctions* functions, void* model,
                                               std::string model_path)
    : functions_(functions), model_(model), model_path_(std::move(model_path)) {}

SentencePieceTokenizer::~SentencePieceTokenizer() { functions_->free(model_); }

absl::StatusOr<std::unique_ptr<SentencePieceTokenizer>> SentencePieceTokenizer::Load(const std::string& model_path) {
  SHOAL_ASSIGN_OR_RETURN(const SentencePieceFunctions* functions, Module());
  SHOAL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(PosixFileSystem(), model_path, kMaxModelBytes));
  std::string error;
  void* model = functions->load(bytes.data(), bytes.size(), &error, AppendText);
  if (model == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("'", model_path, "' is not a SentencePiece model: ", error));
  }
  return std::unique_ptr<SentencePieceTokenizer>(new SentencePieceTokenizer(functions, model, model_path));
}

absl::Status SentencePieceTokenizer::Split(absl::string_view text, TokenList* list) const {
  list->tokens.clear();
  list->pieces.clear();
  Pieces pieces{&list->pieces, {}};
  std::string error;
  struct Context {
    Pieces* pieces;
    std::string* error;
  } context{&pieces, &error};
  const auto on_piece = [](void* to, const char* bytes, size_t size) {
    AppendPiece(static_cast<Context*>(to)->pieces, bytes, size);
  };
  const auto on_error = [](void* to, const char* bytes, size_t size) {
    AppendText(static_cast<Context*>(to)->error, bytes, size);
  };
  if (!functions_->encode(model_, text.data(), text.size(), &context, on_piece, on_error)) {
    return absl::InternalError(absl::StrCat("SentencePiece model '", model_path_, "': ", error));
  }
  size_t begin = 0;
  for (const size_t end : pieces.ends) {
    list->tokens.push_back(absl::string_view(list->pieces).substr(begin, end - begin));
    begin = end;
  }
  return absl::OkStatus();
}

}  // namespace shoal
