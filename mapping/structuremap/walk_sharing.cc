#include "mapping/structuremap/walk_sharing.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {
namespace {

// What a condition of the form `member = 'text'`, alone or followed by `and …`, says of the value it is asked of.
struct Key {
  std::string member;
  std::string text;
};

bool IsOneOf(const Token& token, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&token](std::string_view word) { return token.Is(word); });
}

// True for the operators that bind more loosely than `and`, where no parentheses hold them together.
bool HasLooserOperator(const std::vector<Token>& tokens) {
  int depth = 0;
  for (const Token& token : tokens) {
    if (token.Is("(")) ++depth;
    if (token.Is(")")) --depth;
    if (depth == 0 && IsOneOf(token, {"or", "xor", "implies"})) return true;
  }
  return false;
}

// Whether one pair of parentheses encloses all tokens (the last is the end).
bool IsEnclosed(const std::vector<Token>& tokens) {
  if (tokens.size() < 3 || !tokens.front().Is("(")) return false;
  int depth = 0;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].Is("(")) ++depth;
    if (tokens[i].Is(")") && --depth == 0) return i + 2 == tokens.size();
  }
  return false;
}

std::optional<Key> KeyOf(const CompiledSource& source) {
  if (!source.condition.has_value()) return std::nullopt;
  absl::StatusOr<std::vector<Token>> read = Tokenize(source.ast->condition->text, "FHIRPath");
  if (!read.ok()) return std::nullopt;
  std::vector<Token> tokens = *std::move(read);
  while (IsEnclosed(tokens)) {
    tokens.erase(tokens.end() - 2);
    tokens.erase(tokens.begin());
  }
  if (tokens.size() < 4 || tokens[0].kind != Token::Kind::kIdentifier || !tokens[1].Is("=")) return std::nullopt;
  if (tokens[2].kind != Token::Kind::kString) return std::nullopt;
  if (tokens[3].kind != Token::Kind::kEnd && !tokens[3].Is("and")) return std::nullopt;
  if (HasLooserOperator(tokens)) return std::nullopt;
  Key key{std::string(tokens[0].text), Unquote(tokens[2].text)};
  // A name that is a variable is no member of the value.
  for (const CompiledExpression::Binding& binding : source.condition->bindings) {
    if (binding.name == key.member) return std::nullopt;
  }
  return key;
}

bool MayShare(const CompiledRule& rule) {
  if (rule.sources.empty()) return false;
  const CompiledSource& source = rule.sources[0];
  return source.context.kind == VariableRef::Kind::kSource && source.ast->element.size() == 1 && source.type.empty() &&
         !source.default_value.has_value();
}

bool DependsOn(const std::optional<CompiledExpression>& expression, const std::string& member) {
  return !expression.has_value() || (expression->bindings.empty() && expression->expression.only_member() == member);
}

bool IsJudgedByKey(const CompiledSource& source) {
  return !source.key_member.empty() && DependsOn(source.condition, source.key_member) &&
         DependsOn(source.check, source.key_member) && !source.log_message.has_value();
}

bool SameWalk(const CompiledSource& left, const CompiledSource& right) {
  return left.context.slot == right.context.slot && left.ast->element == right.ast->element;
}

class WalkSharing {
 public:
  explicit WalkSharing(CompiledProgram& program) : program_(program) {}

  void Run() {
    for (const std::unique_ptr<CompiledGroup>& group : program_.groups) Group(group->rules);
    for (CompiledSource* source : alone_) {
      // The element may be read under this key elsewhere, which costs nothing then.
      const auto walk = walks_.find({source->ast->element.front(), source->key_member});
      if (walk == walks_.end() || walk->second.sources < 2) {
        source->key.reset();
        source->key_member.clear();
      } else {
        Share(*source, source->key_member);
      }
    }
    program_.walk_count = static_cast<uint32_t>(walks_.size());
  }

 private:
  struct Walk {
    uint32_t number = 0;
    size_t sources = 0;
  };

  // Groups the sources of one list; what stands alone there is left for what other lists read.
  void Group(std::vector<CompiledRule>& rules) {
    std::vector<bool> done(rules.size());
    for (size_t first = 0; first < rules.size(); ++first) {
      Group(rules[first].rules);
      if (done[first] || !MayShare(rules[first])) continue;
      std::vector<CompiledSource*> sources;
      std::string member;
      for (size_t i = first; i < rules.size(); ++i) {
        if (!MayShare(rules[i]) || !SameWalk(rules[first].sources[0], rules[i].sources[0])) continue;
        done[i] = true;
        sources.push_back(&rules[i].sources[0]);
        const std::optional<Key> key = KeyOf(*sources.back());
        if (member.empty() && key.has_value()) member = key->member;
        if (key.has_value() && key->member == member) sources.back()->key = key->text;
      }
      if (sources.size() == 1 && member.empty()) continue;
      Count(*sources[0], member, sources.size());
      if (sources.size() == 1) {
        sources[0]->key_member = member;
        alone_.push_back(sources[0]);
        continue;
      }
      for (CompiledSource* source : sources) Share(*source, member);
    }
  }

  void Count(const CompiledSource& source, const std::string& member, size_t sources) {
    const auto [walk, added] = walks_.try_emplace({source.ast->element.front(), member});
    if (added) walk->second.number = static_cast<uint32_t>(walks_.size() - 1);
    walk->second.sources += sources;
  }

  void Share(CompiledSource& source, const std::string& member) {
    source.walk = walks_.at({source.ast->element.front(), member}).number;
    source.key_member = member;
    source.judged_by_key = IsJudgedByKey(source);
  }

  CompiledProgram& program_;
  std::map<std::pair<std::string, std::string>, Walk> walks_;  // by element and key
  std::vector<CompiledSource*> alone_;
};

}  // namespace

void ShareWalks(CompiledProgram& program) { WalkSharing(program).Run(); }

}  // namespace hjerte::structuremap
