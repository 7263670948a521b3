#include "services/tool/fhirpath_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/fhirpath/value_sets.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/time_text.h"
#include "services/tool/input_file.h"

namespace hjerte::tool {
namespace {

struct Options {
  std::string expression;
  std::string file;
  std::string definitions;
  std::vector<std::string> value_sets;
  bool batch = false;
  bool strict = false;
};

struct Request {
  json::Value id;
  std::string expression;
  std::string input;
  bool predicate = false;
  bool strict = false;
};

// Evaluates expressions, keeping the last input file: a suite asks many questions about few files.
class Evaluator {
 public:
  Evaluator(const fhirpath::TypeModel* model, const fhirpath::ValueSets* value_sets, common::Instant now)
      : model_(model), value_sets_(value_sets) {
    // To the millisecond, FHIRPath's finest precision.
    now_ = fhirpath::Temporal::ParseDateTime(common::FormatInstant(std::chrono::floor<std::chrono::milliseconds>(now)));
  }

  // The values as JSON objects with type and value.
  absl::StatusOr<json::Value> Run(json::Arena& arena, const Request& request);

 private:
  absl::StatusOr<const json::Value*> Load(const std::string& path);

  const fhirpath::TypeModel* model_;
  const fhirpath::ValueSets* value_sets_;
  std::optional<fhirpath::Temporal> now_;
  std::string path_;
  std::optional<json::Document> document_;
};

absl::StatusOr<const json::Value*> Evaluator::Load(const std::string& path) {
  if (path.empty()) return nullptr;
  if (path != path_ || !document_.has_value()) {
    absl::StatusOr<std::string> text = ReadInput(path, json::Limits().max_bytes >> 20);
    if (!text.ok()) return text.status();
    absl::StatusOr<json::Document> document = json::Parse(*text);
    if (!document.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", document.status().message()));
    document_ = *std::move(document);
    path_ = path;
  }
  return &document_->root();
}

json::Value Describe(json::Arena& arena, const std::string& type, const std::string& value) {
  json::Value object = json::Value::Object(arena);
  object.Add(arena, "type", json::Value::String(arena.CopyText(type)));
  object.Add(arena, "value", json::Value::String(arena.CopyText(value)));
  return object;
}

// As a predicate, the published suite asks whether there is something, and a single Boolean for its value.
bool IsTrue(const fhirpath::Collection& values, const fhirpath::TypeModel& model) {
  if (values.size() != 1) return !values.empty();
  return fhirpath::TypeName(values.front(), model) != "boolean" || fhirpath::ToText(values.front(), model) == "true";
}

absl::StatusOr<json::Value> Evaluator::Run(json::Arena& arena, const Request& request) {
  absl::StatusOr<const json::Value*> focus = Load(request.input);
  if (!focus.ok()) return focus.status();
  fhirpath::CompileOptions options;
  options.model = model_;
  options.strict = request.strict;
  if (*focus != nullptr && model_ != nullptr) {
    const json::Value* type = (*focus)->Find("resourceType");
    if (type != nullptr && model_->FindType(type->text()) != fhirpath::kUnknownType) options.root_type = type->text();
  }
  absl::StatusOr<fhirpath::Expression> expression = fhirpath::Expression::Compile(request.expression, options);
  if (!expression.ok()) return expression.status();
  fhirpath::EvaluationContext context(&arena);
  if (now_.has_value()) context.set_now(*now_);
  context.hooks().member_of = value_sets_->Hook();
  absl::StatusOr<fhirpath::Collection> values =
      *focus != nullptr ? expression->Evaluate(**focus, context) : expression->Evaluate(nullptr, context);
  if (!values.ok()) return values.status();
  json::Value result = json::Value::Array(arena);
  if (request.predicate) {
    result.Append(arena, Describe(arena, "boolean", IsTrue(*values, expression->model()) ? "true" : "false"));
    return result;
  }
  for (const fhirpath::Item& item : *values) {
    result.Append(arena, Describe(arena, fhirpath::TypeName(item, expression->model()),
                                  fhirpath::ToText(item, expression->model())));
  }
  return result;
}

std::string TextOf(const json::Value& line, std::string_view name) {
  const json::Value* value = line.Find(name);
  return value != nullptr && value->is_string() ? std::string(value->text()) : "";
}

bool FlagOf(const json::Value& line, std::string_view name) {
  const json::Value* value = line.Find(name);
  return value != nullptr && value->bool_value();
}

json::Value ErrorOf(json::Arena& arena, const absl::Status& status) {
  json::Value error = json::Value::Object(arena);
  error.Add(arena, "kind", json::Value::String(fhirpath::KindName(fhirpath::KindOf(status))));
  error.Add(arena, "message", json::Value::String(arena.CopyText(std::string(status.message()))));
  return error;
}

std::string Answer(Evaluator& evaluator, const std::string& text) {
  json::Arena arena;
  json::Value answer = json::Value::Object(arena);
  const absl::StatusOr<json::Value> line = json::ParseInto(arena, text);
  if (!line.ok()) {
    answer.Add(arena, "id", json::Value::Null());
    answer.Add(arena, "error", ErrorOf(arena, line.status()));
    return json::Write(answer);
  }
  Request request;
  const json::Value* id = line->Find("id");
  if (id != nullptr) request.id = *id;
  request.expression = TextOf(*line, "expression");
  request.input = TextOf(*line, "input");
  request.predicate = FlagOf(*line, "predicate");
  request.strict = FlagOf(*line, "strict");
  answer.Add(arena, "id", request.id);
  const absl::StatusOr<json::Value> result = evaluator.Run(arena, request);
  if (result.ok()) {
    answer.Add(arena, "result", *result);
  } else {
    answer.Add(arena, "error", ErrorOf(arena, result.status()));
  }
  return json::Write(answer);
}

void RunBatch(Evaluator& evaluator, std::istream& lines, const std::string& name, Context& context) {
  const absl::Status status =
      EachLine(lines, name, json::Limits().max_bytes >> 20, [&](const std::string& line, std::size_t) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) return absl::OkStatus();
        context.out << Answer(evaluator, line) << "\n" << std::flush;
        return absl::OkStatus();
      });
  if (!status.ok()) Report(context, status);
}

void RunOne(Evaluator& evaluator, const Options& options, Context& context) {
  json::Arena arena;
  Request request;
  request.expression = options.expression;
  request.input = options.file;
  request.strict = options.strict;
  const absl::StatusOr<json::Value> result = evaluator.Run(arena, request);
  if (!result.ok()) return Report(context, result.status());
  for (const json::Value& value : result->elements()) context.out << json::Write(value) << "\n";
}

absl::Status AddValueSets(const std::string& path, fhirpath::ValueSets& value_sets) {
  absl::StatusOr<std::string> text = ReadInput(path, json::Limits().max_bytes >> 20);
  if (!text.ok()) return text.status();
  absl::StatusOr<json::Document> document = json::Parse(*text);
  absl::Status status = document.ok() ? value_sets.Add(document->root()) : document.status();
  return status.ok() ? status : absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

void Run(const Options& options, Context& context) {
  std::shared_ptr<const fhirpath::TypeTable> loaded;
  const fhirpath::TypeModel* model = fhirpath::R4Model();
  if (!options.definitions.empty()) {
    auto definitions = fhirpath::LoadDefinitions(options.definitions);
    if (!definitions.ok()) return Report(context, definitions.status());
    loaded = *std::move(definitions);
    model = loaded.get();
  }
  fhirpath::ValueSets value_sets;
  for (const std::string& path : options.value_sets) {
    if (absl::Status status = AddValueSets(path, value_sets); !status.ok()) return Report(context, status);
  }
  Evaluator evaluator(model, &value_sets, context.clock.Now());
  if (!options.batch) return RunOne(evaluator, options, context);
  // With --batch the only argument, if any, is the file with the lines.
  if (options.expression.empty()) return RunBatch(evaluator, std::cin, "standard input", context);
  std::ifstream file(options.expression);
  if (!file) return Report(context, absl::NotFoundError(absl::StrCat(options.expression, ": cannot be read")));
  RunBatch(evaluator, file, options.expression, context);
}

}  // namespace

void RegisterFhirpath(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("fhirpath", "What a FHIRPath expression gives for a JSON file.");
  command->add_option("expression", options->expression,
                      "The expression; with --batch, a file of JSON lines (else standard input)");
  command->add_option("file", options->file, "A FHIR resource or any other JSON document");
  command->add_flag(
      "--batch", options->batch,
      "Read lines {\"id\":…,\"expression\":…,\"input\":PATH or null,\"predicate\":…,\"strict\":…} and answer each");
  command->add_flag("--strict", options->strict, "Refuse what the types show can never be right");
  command->add_option("--definitions", options->definitions,
                      "File or folder of StructureDefinitions to use for R4's own");
  command->add_option("--valueset", options->value_sets, "A ValueSet, or a Bundle of them, for memberOf(); repeatable");
  command->callback([options, &context] {
    if (!options->batch && options->expression.empty()) {
      return Report(context, absl::InvalidArgumentError("give an expression, or --batch"));
    }
    Run(*options, context);
  });
}

}  // namespace hjerte::tool
