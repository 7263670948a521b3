#include "mapping/structuremap/expression_compiler.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {
namespace {

bool IsName(const Token& token) {
  return token.kind == Token::Kind::kIdentifier || token.kind == Token::Kind::kDelimited;
}

// True where a name stands for a type: after is and as, and in is(…), as(…), ofType(…).
bool IsTypePosition(const std::vector<Token>& tokens, size_t i) {
  if (i == 0) return false;
  if (tokens[i - 1].Is("is") || tokens[i - 1].Is("as")) return true;
  if (i < 2 || !tokens[i - 1].Is("(")) return false;
  return tokens[i - 2].Is("is") || tokens[i - 2].Is("as") || tokens[i - 2].Is("ofType");
}

bool IsKeyword(std::string_view name) {
  for (const std::string_view word :
       {"and", "or", "xor", "implies", "in", "contains", "is", "as", "div", "mod", "true", "false"}) {
    if (name == word) return true;
  }
  return false;
}

// The names that follow a variable as plain steps: `m.a.b.where(…)` gives a.b.
std::string PathAfter(const std::vector<Token>& tokens, size_t i) {
  std::string path;
  while (tokens[i + 1].Is(".") && IsName(tokens[i + 2]) && !tokens[i + 3].Is("(")) {
    absl::StrAppend(&path, path.empty() ? "" : ".", std::string(tokens[i + 2].text));
    i += 2;
  }
  return path;
}

class Rewriter {
 public:
  Rewriter(const std::string& text, std::vector<Token> tokens, const VariableLookup& lookup)
      : text_(text), tokens_(std::move(tokens)), lookup_(lookup) {
    // Looking a few tokens ahead never leaves the list.
    for (int i = 0; i < 3; ++i) tokens_.push_back(tokens_.back());
  }

  std::string Run() {
    std::string out;
    size_t copied = 0;
    for (size_t i = 0; tokens_[i].kind != Token::Kind::kEnd; ++i) {
      const Token& token = tokens_[i];
      std::string replacement;
      if (token.kind == Token::Kind::kQuoted) {
        replacement = Quote(Unquote(token.text), '\'');
      } else if (IsName(token) && BindsVariable(i)) {
        const bool marked = i > 0 && tokens_[i - 1].Is("%");
        replacement = absl::StrCat(marked ? "" : "%", std::string(token.text));
      } else {
        continue;
      }
      out.append(text_, copied, token.offset - copied);
      out += replacement;
      copied = token.end();
    }
    out.append(text_, copied);
    return out;
  }

  std::vector<CompiledExpression::Binding> bindings;
  std::vector<CompiledExpression::Field> fields;

 private:
  bool BindsVariable(size_t i) {
    const Token& token = tokens_[i];
    if (tokens_[i + 1].Is("(") || IsTypePosition(tokens_, i)) return false;
    if (i > 0 && (tokens_[i - 1].Is(".") || tokens_[i - 1].Is("$"))) return false;
    if (token.kind == Token::Kind::kIdentifier && IsKeyword(token.text)) return false;
    const std::string name = token.kind == Token::Kind::kDelimited ? Unquote(token.text) : std::string(token.text);
    const std::optional<VariableRef> variable = lookup_(name);
    if (!variable.has_value()) return false;
    fields.push_back({*variable, PathAfter(tokens_, i)});
    for (const CompiledExpression::Binding& binding : bindings) {
      if (binding.name == name) return true;
    }
    bindings.push_back({name, *variable});
    return true;
  }

  const std::string& text_;
  std::vector<Token> tokens_;
  const VariableLookup& lookup_;
};

}  // namespace

absl::StatusOr<CompiledExpression> CompileExpression(const std::string& text, const VariableLookup& lookup,
                                                     const fhirpath::TypeModel* model) {
  absl::StatusOr<std::vector<Token>> tokens = Tokenize(text, "FHIRPath");
  if (!tokens.ok()) return tokens.status();
  Rewriter rewriter(text, *std::move(tokens), lookup);
  const std::string source = rewriter.Run();
  fhirpath::CompileOptions options;
  options.model = model;
  absl::StatusOr<fhirpath::Expression> expression = fhirpath::Expression::Compile(source, options);
  if (!expression.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("in the FHIRPath expression ", source.substr(0, 80), ": ",
                                                   std::string(expression.status().message())));
  }
  return CompiledExpression{*std::move(expression), std::move(rewriter.bindings), std::move(rewriter.fields)};
}

}  // namespace hjerte::structuremap
