#include "mapping/json/document.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/json/text_error.h"
#include "mapping/json/tree_builder.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"

namespace hjerte::json {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                            rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

struct Reason {
  std::string da;
  std::string en;
};

absl::Status Refused(std::string_view text, size_t offset, Reason reason) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return MakeTextError({.byte = before.size(),
                        .line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')),
                        .column = before.size() - line_start + 1,
                        .da = std::move(reason.da),
                        .en = std::move(reason.en)});
}

Reason Explain(Refusal refusal, const Limits& limits) {
  switch (refusal) {
    case Refusal::kDepth:
      return {absl::StrCat("der er mere end ", limits.max_depth, " niveauer; gør teksten fladere"),
              absl::StrCat("nested deeper than ", limits.max_depth, " levels; flatten the document")};
    case Refusal::kMembers:
      return {absl::StrCat("der er mere end ", limits.max_members, " værdier; del teksten"),
              absl::StrCat("more than ", limits.max_members, " values; split the document")};
    case Refusal::kString:
      return {absl::StrCat("en tekst er længere end ", limits.max_string_bytes, " byte; forkort eller del den"),
              absl::StrCat("a string longer than ", limits.max_string_bytes, " bytes; shorten or split it")};
    case Refusal::kNumber:
      return {absl::StrCat("et tal er længere end ", limits.max_number_chars, " tegn; forkort det"),
              absl::StrCat("a number longer than ", limits.max_number_chars, " characters; shorten it")};
    case Refusal::kDuplicate:
      return {"objektet, der slutter her, har det samme navn to gange; behold det ene",
              "the object ending here has the same name twice; keep one of them"};
    case Refusal::kSurrogate:
      return {"en \\u-kode er kun den ene halvdel af et surrogatpar; skriv hele parret",
              "a \\u escape is half of a surrogate pair; write the whole pair"};
    case Refusal::kNone:
      break;
  }
  return {"teksten er afvist", "refused"};
}

const char* GrammarInDanish(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "der står mere efter den yderste værdi.";
    case rapidjson::kParseErrorValueInvalid:
      return "her står ingen gyldig værdi.";
    case rapidjson::kParseErrorObjectMissName:
      return "et navn mangler i et objekt.";
    case rapidjson::kParseErrorObjectMissColon:
      return "et kolon mangler efter et navn.";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "et komma eller '}' mangler efter en værdi i et objekt.";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "et komma eller ']' mangler efter en værdi i en liste.";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
      return "en \\u-kode i en tekst har et forkert hexadecimalt ciffer.";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return "et surrogatpar i en tekst er forkert.";
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "et forkert tegn står efter '\\' i en tekst.";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "det afsluttende anførselstegn mangler i en tekst.";
    case rapidjson::kParseErrorNumberMissFraction:
      return "et tal mangler cifre efter punktummet.";
    case rapidjson::kParseErrorNumberMissExponent:
      return "et tal mangler sin eksponent.";
    default:
      return "her er skrevet noget, som ikke er JSON.";
  }
}

Reason Explain(const rapidjson::ParseResult& result) {
  switch (result.Code()) {
    case rapidjson::kParseErrorDocumentEmpty:
      return {"teksten er tom; der skal stå én JSON-værdi", "the text is empty; one JSON value is expected"};
    case rapidjson::kParseErrorStringInvalidEncoding:
      return {"ugyldig UTF-8; gem teksten som UTF-8", "invalid UTF-8; save the text as UTF-8"};
    default:
      return {absl::StrCat(GrammarInDanish(result.Code()), " Ret teksten her."),
              absl::StrCat(rapidjson::GetParseError_En(result.Code()), " Correct the text here.")};
  }
}

}  // namespace

absl::StatusOr<Value> ParseInto(Arena& arena, std::string_view text, const Limits& limits) {
  // Sizes are kept in 32 bits, so the limit is never above them.
  if (text.size() > std::min<size_t>(limits.max_bytes, UINT32_MAX / 2)) {
    return absl::ResourceExhaustedError(absl::StrCat("JSON of ", text.size(), " bytes; at most ", limits.max_bytes,
                                                     " are accepted, split the document"));
  }
  const size_t skipped = text.substr(0, 3) == kByteOrderMark ? 3 : 0;
  const size_t size = text.size() - skipped;
  // One copy of the whole text; RapidJSON decodes every string inside it, so strings need no memory of their own.
  char* buffer = arena.AllocateArray<char>(size + 1);
  std::memcpy(buffer, text.data() + skipped, size);
  buffer[size] = '\0';

  rapidjson::InsituStringStream stream(buffer);
  rapidjson::Reader reader;
  TreeBuilder builder(arena, limits);
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) {
    const bool ours = builder.refusal() != Refusal::kNone;
    // The grammar's offset is that of the offending byte; ours is where the refused value ended.
    const size_t offset = skipped + (ours ? stream.Tell() : result.Offset());
    return Refused(text, offset, ours ? Explain(builder.refusal(), limits) : Explain(result));
  }
  if (stream.Tell() != size) {
    return Refused(text, skipped + stream.Tell(),
                   {"en NUL-byte; fjern den og alt efter den", "a NUL byte; remove it and everything after it"});
  }
  return builder.root();
}

absl::StatusOr<Document> Parse(std::string_view text, const Limits& limits) {
  // Values take about as much memory again as the text, so one chunk usually holds a document.
  auto arena = std::make_unique<Arena>(std::min<size_t>(text.size() * 3 + 256, size_t{1} << 20));
  absl::StatusOr<Value> root = ParseInto(*arena, text, limits);
  if (!root.ok()) return root.status();
  return Document(std::move(arena), *root);
}

}  // namespace hjerte::json
