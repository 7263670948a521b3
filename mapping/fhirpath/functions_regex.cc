#include <re2/re2.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

using Text = std::optional<std::string_view>;

// RE2 matches in time linear in the text whatever the pattern; what it leaves out (look-around, back references) is
// refused.
RE2::Options Options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);  // Single line mode (FHIRPath 2.0.0, matches).
  options.set_max_mem(int64_t{8} << 20);
  return options;
}

// RE2 writes a named group (?P<name>…); the specification's own example writes (?<name>…).
std::string GroupNames(std::string_view source) {
  std::string result;
  for (size_t i = 0; i < source.size(); ++i) {
    const bool look_behind = source.substr(i, 4) == "(?<=" || source.substr(i, 4) == "(?<!";
    if (source[i] == '\\' && i + 1 < source.size()) {
      result.push_back(source[i++]);
      result.push_back(source[i]);
    } else if (source.substr(i, 3) == "(?<" && !look_behind) {
      result.append("(?P<");
      i += 2;
    } else {
      result.push_back(source[i]);
    }
  }
  return result;
}

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

// Compiling a pattern costs some hundred times what matching a short text does. RE2 matches from several threads.
struct Pattern : Prepared {
  explicit Pattern(const std::string& source) : compiled(source, Options()) {}
  RE2 compiled;
};

std::unique_ptr<const Prepared> PreparePattern(std::string_view literal) {
  return std::make_unique<Pattern>(GroupNames(literal));
}

// The pattern of argument 0 with the flags of argument `flags_at`, if it is given: i takes no notice of case, m lets ^
// and $ stand at every line (FHIRPath 3.0, matches). It is the one prepared for this call where there are no flags,
// else made now and kept in `made`; null where argument 0 is empty. False after a failure.
bool PatternOf(const Call& call, size_t flags_at, Text& source, std::optional<Pattern>& made, const RE2*& pattern) {
  Text flags;
  if (!call.TextArgument(0, source)) return false;
  if (call.argument_count() > flags_at && !call.TextArgument(flags_at, flags)) return false;
  if (!source.has_value()) return true;
  if (flags.value_or("").find_first_not_of("im") != std::string_view::npos) {
    return call.Fail("unknown flag of a regular expression; expected i, m or both");
  }
  const bool plain = !flags.has_value() || flags->empty();
  if (plain && call.prepared != nullptr) {
    pattern = &static_cast<const Pattern*>(call.prepared)->compiled;
  } else {
    const std::string written = GroupNames(*source);
    pattern = &made.emplace(plain ? written : absl::StrCat("(?", std::string(*flags), ":", written, ")")).compiled;
  }
  if (!call.frame.Step(call.position, source->size())) return false;
  if (pattern->ok()) return true;
  return call.Fail(absl::StrCat("the regular expression is not accepted: ", pattern->error()));
}

bool Match(const Call& call, RE2::Anchor anchor, Collection& out) {
  Text text, source;
  std::optional<Pattern> made;
  const RE2* pattern = nullptr;
  if (!call.TextInput(text) || !PatternOf(call, 1, source, made, pattern)) return false;
  if (!text.has_value() || !source.has_value()) return true;
  if (!call.frame.Step(call.position, text->size())) return false;
  out.Add(Item::Boolean(pattern->Match(Piece(*text), 0, text->size(), anchor, nullptr, 0)));
  return true;
}

bool Matches(const Call& call, Collection& out) { return Match(call, RE2::UNANCHORED, out); }
bool MatchesFull(const Call& call, Collection& out) { return Match(call, RE2::ANCHOR_BOTH, out); }

// The group number at the front of `text`, if the pattern has that group.
int GroupNumber(std::string_view text, const RE2& pattern, size_t& taken) {
  int number = 0;
  taken = 0;
  while (taken < text.size() && text[taken] >= '0' && text[taken] <= '9' &&
         number * 10 + (text[taken] - '0') <= pattern.NumberOfCapturingGroups()) {
    number = number * 10 + (text[taken] - '0');
    ++taken;
  }
  return taken > 0 ? number : -1;
}

// $1 and ${name} stand for groups; RE2 writes them \1. Everything else is meant literally.
std::string Substitution(std::string_view source, const RE2& pattern) {
  std::string result;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\\' && i + 1 < source.size() && (source[i + 1] == '$' || source[i + 1] == '\\')) {
      result.append(source[++i] == '\\' ? "\\\\" : "$");
    } else if (source[i] == '$' && i + 1 < source.size() && source[i + 1] == '{') {
      const size_t end = source.find('}', i);
      const auto& names = pattern.NamedCapturingGroups();
      const auto group =
          end == std::string_view::npos ? names.end() : names.find(std::string(source.substr(i + 2, end - i - 2)));
      if (group != names.end() && group->second <= 9) {
        absl::StrAppend(&result, "\\", group->second);
        i = end;
      } else {
        result.push_back('$');
      }
    } else if (source[i] == '$') {
      size_t taken = 0;
      const int group = GroupNumber(source.substr(i + 1), pattern, taken);
      if (group >= 0 && group <= 9) {
        absl::StrAppend(&result, "\\", group);
        i += taken;
      } else {
        result.push_back('$');
      }
    } else {
      result.append(source[i] == '\\' ? "\\\\" : std::string(1, source[i]));
    }
  }
  return result;
}

bool ReplaceMatches(const Call& call, Collection& out) {
  Text text, source, filling;
  std::optional<Pattern> made;
  const RE2* pattern = nullptr;
  if (!call.TextInput(text) || !PatternOf(call, 2, source, made, pattern) || !call.TextArgument(1, filling))
    return false;
  if (!text.has_value() || !source.has_value() || !filling.has_value()) return true;
  // An empty pattern matches nothing worth replacing.
  if (source->empty()) return call.frame.AddText(call.position, *text, out);
  if (!call.frame.Step(call.position, text->size() * (1 + filling->size()))) return false;
  std::string result(*text);
  RE2::GlobalReplace(&result, *pattern, Substitution(*filling, *pattern));
  return call.frame.AddText(call.position, result, out);
}

constexpr FunctionInfo kFunctions[] = {
    {"matches", Matches, 1, 2, ResultKind::kBoolean, ArgumentKind::kValue, InputKind::kText, PreparePattern},
    {"matchesFull", MatchesFull, 1, 2, ResultKind::kBoolean, ArgumentKind::kValue, InputKind::kText, PreparePattern},
    {"replaceMatches", ReplaceMatches, 2, 3, ResultKind::kString, ArgumentKind::kValue, InputKind::kText,
     PreparePattern},
};

}  // namespace

std::span<const FunctionInfo> RegexFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
