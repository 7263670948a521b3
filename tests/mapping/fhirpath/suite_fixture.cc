#include "tests/mapping/fhirpath/suite_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "mapping/fhirpath/value_sets.h"
#include "mapping/json/write.h"

namespace hjerte::tests {

namespace {

std::string Text(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? std::string(value->text()) : "";
}

bool Flag(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->bool_value();
}

std::string Describe(const std::vector<SuiteCase::Output>& outputs) {
  std::string text = "[";
  for (const auto& output : outputs) text += " " + output.type + ":" + output.value;
  return text + " ]";
}

}  // namespace

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<SuiteCase> ReadCases(const std::filesystem::path& file) {
  const absl::StatusOr<json::Document> document = json::Parse(ReadFile(file));
  EXPECT_TRUE(document.ok()) << file << ": " << document.status();
  std::vector<SuiteCase> cases;
  if (!document.ok()) return cases;
  for (const json::Value& each : document->root().elements()) {
    SuiteCase test;
    test.name = Text(each, "group") + "/" + Text(each, "name");
    test.expression = Text(each, "expression");
    test.input = Text(each, "input");
    if (const json::Value* inline_document = each.Find("document")) test.input_json = json::Write(*inline_document);
    test.invalid = Text(each, "invalid");
    test.predicate = Flag(each, "predicate");
    test.loaded = Flag(each, "loaded");
    test.strict = Text(each, "mode") == "strict";
    if (const json::Value* covers = each.Find("covers")) {
      for (const json::Value& mark : covers->elements()) test.covers.emplace_back(mark.text());
    }
    if (const json::Value* outputs = each.Find("outputs")) {
      for (const json::Value& output : outputs->elements()) {
        test.outputs.push_back({Text(output, "type"), Text(output, "value")});
      }
    }
    cases.push_back(std::move(test));
  }
  return cases;
}

namespace {

// What a case marked "loaded" may ask: a value set, a slice, an element's definition.
void Load(fhirpath::Hooks& hooks) {
  hooks.member_of = [](const fhirpath::Item& coded, std::string_view value_set) -> std::optional<bool> {
    static const json::Document* const document = new json::Document(*json::Parse(R"({"entry": [
        {"resource": {"resourceType": "ValueSet", "url": "http://example.org/vs", "compose": {"include": [
            {"system": "http://hl7.org/fhir/observation-status", "concept": [{"code": "final"}]}]}}},
        {"resource": {"resourceType": "ValueSet", "url": "http://example.org/two", "compose": {"include": [
            {"system": "http://hl7.org/fhir/observation-status", "concept": [{"code": "final"}]},
            {"system": "http://example.org/status", "concept": [{"code": "done"}]}]}}}]})"));
    fhirpath::ValueSets sets;
    EXPECT_TRUE(sets.Add(document->root()).ok());
    return sets.Contains(coded, value_set);
  };
  hooks.in_slice = [](const fhirpath::Item& element, std::string_view, std::string_view slice) -> std::optional<bool> {
    if (slice != "low") return std::nullopt;
    return Text(*element.node().Find("code"), "text") == slice;
  };
  hooks.element_definition = [](const fhirpath::Item&) -> const json::Value* {
    static const json::Document* const document = new json::Document(*json::Parse(R"({"path": "Observation.status"})"));
    return &document->root();
  };
}

absl::StatusOr<std::vector<SuiteCase::Output>> Evaluate(const SuiteCase& test, const json::Document* document,
                                                        const fhirpath::TypeModel* model) {
  fhirpath::CompileOptions options;
  options.model = model;
  options.strict = test.strict;
  if (document != nullptr && model != nullptr) options.root_type = Text(document->root(), "resourceType");
  absl::StatusOr<fhirpath::Expression> expression = fhirpath::Expression::Compile(test.expression, options);
  if (!expression.ok()) return expression.status();
  fhirpath::EvaluationContext context;
  if (test.loaded) Load(context.hooks());
  context.set_now(*fhirpath::Temporal::ParseDateTime("2026-01-02T03:04:05.678+01:00"));
  absl::StatusOr<fhirpath::Collection> values =
      document != nullptr ? expression->Evaluate(document->root(), context) : expression->Evaluate(nullptr, context);
  if (!values.ok()) return values.status();
  std::vector<SuiteCase::Output> outputs;
  if (test.predicate) {
    const bool single_false = values->size() == 1 && fhirpath::ToText(values->front(), expression->model()) == "false";
    return std::vector<SuiteCase::Output>{{"boolean", !values->empty() && !single_false ? "true" : "false"}};
  }
  for (const fhirpath::Item& item : *values) {
    outputs.push_back({fhirpath::TypeName(item, expression->model()), fhirpath::ToText(item, expression->model())});
  }
  return outputs;
}

}  // namespace

std::string RunCase(const SuiteCase& test, const std::filesystem::path& input_dir, const fhirpath::TypeModel* model) {
  absl::StatusOr<json::Document> document = absl::NotFoundError("no input");
  const bool has_input = !test.input.empty() || !test.input_json.empty();
  if (!test.input.empty()) document = json::Parse(ReadFile(input_dir / test.input));
  if (!test.input_json.empty()) document = json::Parse(test.input_json);
  if (has_input && !document.ok()) return std::string(document.status().message());
  const auto outputs = Evaluate(test, has_input ? &*document : nullptr, model);
  if (!test.invalid.empty()) {
    if (outputs.ok()) return "expected a " + test.invalid + " error, found " + Describe(*outputs);
    const std::string kind(fhirpath::KindName(fhirpath::KindOf(outputs.status())));
    return kind == test.invalid
               ? ""
               : "expected a " + test.invalid + " error, found " + std::string(outputs.status().message());
  }
  if (!outputs.ok()) return std::string(outputs.status().message());
  bool same = outputs->size() == test.outputs.size();
  for (size_t i = 0; same && i < outputs->size(); ++i) {
    same = (test.outputs[i].value == "*" || (*outputs)[i].value == test.outputs[i].value) &&
           (test.outputs[i].type.empty() || (*outputs)[i].type == test.outputs[i].type);
  }
  return same ? "" : "expected " + Describe(test.outputs) + ", found " + Describe(*outputs);
}

}  // namespace hjerte::tests
