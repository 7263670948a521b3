#include "mapping/json/document.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/json/tree_builder.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"

namespace hjerte::json {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                            rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

std::string Place(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return absl::StrCat("JSON line ", line, ", column ", before.size() - line_start + 1, " (byte ", before.size(), "): ");
}

std::string Explain(Refusal refusal, const Limits& limits) {
  switch (refusal) {
    case Refusal::kDepth:
      return absl::StrCat("nested deeper than ", limits.max_depth, " levels; flatten the document");
    case Refusal::kMembers:
      return absl::StrCat("more than ", limits.max_members, " values; split the document");
    case Refusal::kString:
      return absl::StrCat("a string longer than ", limits.max_string_bytes, " bytes; shorten or split it");
    case Refusal::kNumber:
      return absl::StrCat("a number longer than ", limits.max_number_chars, " characters; shorten it");
    case Refusal::kDuplicate:
      return "the object ending here has the same name twice; keep one of them";
    case Refusal::kSurrogate:
      return "a \\u escape is half of a surrogate pair; write the whole pair";
    case Refusal::kNone:
      break;
  }
  return "refused";
}

std::string Explain(const rapidjson::ParseResult& result) {
  switch (result.Code()) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "the text is empty; one JSON value is expected";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "invalid UTF-8; save the text as UTF-8";
    default:
      return absl::StrCat(rapidjson::GetParseError_En(result.Code()), " Correct the text here.");
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
    return absl::InvalidArgumentError(
        absl::StrCat(Place(text, offset), ours ? Explain(builder.refusal(), limits) : Explain(result)));
  }
  if (stream.Tell() != size) {
    return absl::InvalidArgumentError(
        absl::StrCat(Place(text, skipped + stream.Tell()), "a NUL byte; remove it and everything after it"));
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
