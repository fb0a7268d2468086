// What the module libshoal_sentencepiece.so offers: SentencePiece behind C functions.
//
// Why a module: Debian's libsentencepiece exports a Protobuf of its own, older than the system's, under the same names.
// Linked into one executable they would call into each other. Loaded by dlopen with RTLD_LOCAL and RTLD_DEEPBIND, each
// keeps to itself.
//
// Knows neither Abseil, whose namespace SentencePiece's header adds to, nor Protobuf. Nothing allocated on one side is
// freed on the other.
#ifndef SHOAL_COMMON_TEXT_SENTENCEPIECE_MODULE_H_
#define SHOAL_COMMON_TEXT_SENTENCEPIECE_MODULE_H_

#include <cstddef>

namespace shoal {

// Receives a text: an error, or one piece.
using TextSink = void (*)(void* context, const char* text, size_t size);

struct SentencePieceFunctions {
  // A model from the bytes of its file; null after an error, which goes to `on_error`.
  void* (*load)(const char* bytes, size_t size, void* context, TextSink on_error);
  // Hands the pieces of a text to `on_piece`, in order; false after an error. May run concurrently.
  bool (*encode)(const void* model, const char* text, size_t size, void* context, TextSink on_piece, TextSink on_error);
  void (*free)(void* model);
};

// The name of the module's one symbol, a SentencePieceFunctions.
inline constexpr char kSentencePieceSymbol[] = "shoal_sentencepiece_functions";

}  // namespace shoal

#endif  // SHOAL_COMMON_TEXT_SENTENCEPIECE_MODULE_H_
