#include "common/text/sentencepiece_module.h"

#include <sentencepiece_processor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {
namespace {

using sentencepiece::SentencePieceProcessor;

void Report(const sentencepiece::util::Status& status, void* context, TextSink on_error) {
  const std::string message = status.ToString();
  on_error(context, message.data(), message.size());
}

void* Load(const char* bytes, size_t size, void* context, TextSink on_error) {
  auto model = std::make_unique<SentencePieceProcessor>();
  const auto status = model->LoadFromSerializedProto(std::string_view(bytes, size));
  if (status.ok()) return model.release();
  Report(status, context, on_error);
  return nullptr;
}

bool Encode(const void* model, const char* text, size_t size, void* context, TextSink on_piece, TextSink on_error) {
  std::vector<std::string> pieces;
  const auto status = static_cast<const SentencePieceProcessor*>(model)->Encode(std::string_view(text, size), &pieces);
  if (!status.ok()) {
    Report(status, context, on_error);
    return false;
  }
  for (const std::string& piece : pieces) on_piece(context, piece.data(), piece.size());
  return true;
}

void Free(void* model) { delete static_cast<SentencePieceProcessor*>(model); }

}  // namespace
}  // namespace shoal

extern "C" const shoal::SentencePieceFunctions shoal_sentencepiece_functions;
const shoal::SentencePieceFunctions shoal_sentencepiece_functions = {shoal::Load, shoal::Encode, shoal::Free};
