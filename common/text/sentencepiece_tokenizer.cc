#include "common/text/sentencepiece_tokenizer.h"

#include <dlfcn.h>

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "common/base/file_system.h"
#include "common/base/status_macros.h"

namespace shoal {
namespace {

[[maybe_unused]] constexpr char kModule[] = "libshoal_sentencepiece.so";
constexpr uint64_t kMaxModelBytes = uint64_t{1} << 30;

#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
#define SHOAL_NO_DEEPBIND
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

// What one call of the module hands back.
struct Answer {
  std::string* pieces = nullptr;  // One behind the other.
  std::vector<size_t> ends;       // Of the pieces.
  std::string error;

  static void OnError(void* answer, const char* text, size_t size) {
    static_cast<Answer*>(answer)->error.assign(text, size);
  }
  static void OnPiece(void* context, const char* text, size_t size) {
    auto* answer = static_cast<Answer*>(context);
    answer->pieces->append(text, size);
    answer->ends.push_back(answer->pieces->size());
  }
};

}  // namespace

SentencePieceTokenizer::SentencePieceTokenizer(const SentencePieceFunctions* functions, void* model,
                                               std::string model_path)
    : functions_(functions), model_(model), model_path_(std::move(model_path)) {}

SentencePieceTokenizer::~SentencePieceTokenizer() { functions_->free(model_); }

absl::StatusOr<std::unique_ptr<SentencePieceTokenizer>> SentencePieceTokenizer::Load(const std::string& model_path) {
  SHOAL_ASSIGN_OR_RETURN(const SentencePieceFunctions* functions, Module());
  SHOAL_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(PosixFileSystem(), model_path, kMaxModelBytes));
  Answer answer;
  void* model = functions->load(bytes.data(), bytes.size(), &answer, Answer::OnError);
  if (model == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("'", model_path, "' is not a SentencePiece model: ", answer.error));
  }
  return std::unique_ptr<SentencePieceTokenizer>(new SentencePieceTokenizer(functions, model, model_path));
}

absl::Status SentencePieceTokenizer::Split(absl::string_view text, TokenList* list) const {
  list->tokens.clear();
  list->pieces.clear();
  Answer answer{&list->pieces, {}, {}};
  if (!functions_->encode(model_, text.data(), text.size(), &answer, Answer::OnPiece, Answer::OnError)) {
    return absl::InternalError(absl::StrCat("SentencePiece model '", model_path_, "': ", answer.error));
  }
  size_t begin = 0;
  for (const size_t end : answer.ends) {
    list->tokens.push_back(absl::string_view(list->pieces).substr(begin, end - begin));
    begin = end;
  }
  return absl::OkStatus();
}

}  // namespace shoal
