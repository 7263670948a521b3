#include "services/tool/map_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <string>
#include <vector>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/structuremap/json_form.h"
#include "mapping/structuremap/loader.h"
#include "mapping/structuremap/printer.h"
#include "mapping/structuremap/program.h"
#include "services/tool/input_file.h"
#include "services/tool/variable_origin.h"

namespace hjerte::tool {
namespace {

struct Arguments {
  std::vector<std::string> maps;
  std::vector<std::string> concept_maps;
  std::string input;
  std::string check;
  std::string now;
  std::string variables;
  std::string content = "mapping/dhrd";
  bool trace = false;
  bool to_json = false;
  bool to_fml = false;
};

// A fault of a map or of a record is what the command was asked to find.
void Finding(Context& context, const absl::Status& status) {
  context.err << std::string(status.message()) << "\n";
  context.exit_code = absl::IsNotFound(status) && status.message().find("cannot be read") != absl::string_view::npos
                          ? kExitEnvironment
                          : kExitFindings;
}

std::vector<std::filesystem::path> Paths(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

absl::StatusOr<structuremap::Program> Compile(const Arguments& arguments) {
  absl::StatusOr<structuremap::MapSet> set =
      structuremap::LoadMaps(Paths(arguments.maps), Paths(arguments.concept_maps));
  if (!set.ok()) return set.status();
  structuremap::CompileOptions options;
  options.model = fhirpath::R4Model();
  return structuremap::Program::Compile(std::move(set->maps), std::move(set->concept_maps), options);
}

void PrintMaps(const Arguments& arguments, Context& context) {
  for (const std::string& file : arguments.maps) {
    const absl::StatusOr<structuremap::StructureMap> map = structuremap::LoadMap(file);
    if (!map.ok()) return Finding(context, map.status());
    if (arguments.to_fml) {
      context.out << structuremap::PrintFml(*map);
    } else {
      json::Arena arena;
      context.out << json::Write(structuremap::ToJson(*map, arena), json::Indent::kTwoSpaces) << "\n";
    }
  }
}

void WriteStep(const structuremap::LineageStep& step, std::ostream& out) {
  out << step.target << " <- ";
  if (step.constant) out << "constant, for ";
  for (size_t i = 0; i < step.sources.size(); ++i) out << (i > 0 ? ", " : "") << step.sources[i];
  out << "  [" << step.group << " '" << step.rule << "']\n";
}

// Maps one record and tells, for each variable, the fields it came from.
absl::Status ShowVariables(const structuremap::Program& program, const registry::Content& content,
                           const json::Value& record, structuremap::RunOptions options, const Arguments& arguments,
                           Context& context) {
  json::Arena arena;
  structuremap::Lineage lineage;
  options.lineage = [keep = lineage.Sink(), tell = options.lineage](const structuremap::LineageStep& step) {
    keep(step);
    if (tell) tell(step);
  };
  const absl::StatusOr<structuremap::RunResult> result = program.Run(record, arena, options);
  if (!result.ok()) return result.status();
  const std::vector<VariableOrigin> origins = OriginsOf(content, result->target, lineage, context.clock.Now());
  context.out << (arguments.variables == "json" ? OriginsAsJson(origins) : OriginsAsTable(origins));
  return absl::OkStatus();
}

void RunMap(const Arguments& arguments, Context& context) {
  std::shared_ptr<const registry::Content> content;
  if (!arguments.variables.empty()) {
    auto loaded = registry::LoadContent(arguments.content);
    if (!loaded.ok()) return Report(context, loaded.status());
    content = *std::move(loaded);
  }
  const absl::StatusOr<structuremap::Program> program = Compile(arguments);
  if (!program.ok()) return Finding(context, program.status());
  const absl::StatusOr<std::string> text = ReadInput(arguments.input, json::Limits().max_bytes >> 20);
  if (!text.ok()) return Report(context, text.status());
  const absl::StatusOr<json::Document> document = json::Parse(*text);
  if (!document.ok()) {
    return Finding(context,
                   absl::InvalidArgumentError(arguments.input + ": " + std::string(document.status().message())));
  }
  structuremap::RunOptions options;
  options.now = arguments.now;
  options.log = [&](std::string_view message) { context.err << "log: " << message << "\n"; };
  if (arguments.trace) {
    options.lineage = [&](const structuremap::LineageStep& step) { WriteStep(step, context.err); };
  }
  // A file may hold one record or a list of them.
  const bool list = document->root().is_array();
  const std::span<const json::Value> records =
      list ? document->root().elements() : std::span<const json::Value>(&document->root(), 1);
  for (const json::Value& record : records) {
    if (content != nullptr) {
      const absl::Status status = ShowVariables(*program, *content, record, options, arguments, context);
      if (!status.ok()) Finding(context, status);
      continue;
    }
    json::Arena arena;
    const absl::StatusOr<structuremap::RunResult> result = program->Run(record, arena, options);
    if (!result.ok()) {
      Finding(context, result.status());
      continue;
    }
    context.out << json::Write(result->target, list ? json::Indent::kNone : json::Indent::kTwoSpaces) << "\n";
  }
}

void Check(Arguments& arguments, Context& context) {
  arguments.maps.insert(arguments.maps.begin(), arguments.check);
  const absl::StatusOr<structuremap::Program> program = Compile(arguments);
  if (!program.ok()) return Finding(context, program.status());
  for (const std::string& warning : program->warnings()) context.err << warning << "\n";
  const std::vector<std::string> unknown = program->UnknownElements();
  for (const std::string& element : unknown) context.err << element << "\n";
  if (!unknown.empty()) {
    context.exit_code = kExitFindings;
    return;
  }
  size_t rules = 0;
  for (const structuremap::Group& group : program->maps().front().groups) rules += group.rules.size();
  context.out << arguments.check << ": in order, " << program->maps().front().groups.size() << " groups, " << rules
              << " rules\n";
}

void Run(Arguments& arguments, Context& context) {
  if (!arguments.check.empty()) return Check(arguments, context);
  if (arguments.maps.empty()) {
    return Report(context, absl::InvalidArgumentError("map: give a map with --map, or --check"));
  }
  if (arguments.to_json || arguments.to_fml) return PrintMaps(arguments, context);
  if (arguments.input.empty()) {
    return Report(context, absl::InvalidArgumentError("map: give a record with --input, or --to-json or --to-fml"));
  }
  RunMap(arguments, context);
}

}  // namespace

void RegisterMap(CLI::App& program, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.add_subcommand(
      "map", "Run a map (FHIR Mapping Language) over a record, check it, or print it in its other form.");
  command->add_option(
      "--map", arguments->maps,
      "A map, .map or a StructureMap .json; the first one runs, the others are for its imports. What it "
      "imports is also looked for beside it, and concept maps in a folder conceptmaps beside its own.");
  command->add_option("--conceptmap", arguments->concept_maps, "A ConceptMap file, or a folder of them");
  command->add_option("--input", arguments->input,
                      "The record: a JSON object, or a list of them (one line each comes out)");
  command->add_option("--now", arguments->now,
                      "The instant now() gives, e.g. 2026-01-31T12:00:00Z; without it now() is an "
                      "error, so that a run can be repeated");
  command->add_flag("--trace", arguments->trace, "Tell which rule wrote which element from which fields");
  command
      ->add_option("--variables", arguments->variables,
                   "Instead of the target, tell for each variable of the registry which elements hold it and which "
                   "fields they came from: as a table, or as json")
      ->check(CLI::IsMember({"table", "json"}));
  command->add_option("--content", arguments->content, "The registry's content, for --variables")
      ->capture_default_str();
  command->add_flag("--to-json", arguments->to_json, "Print the maps as StructureMap resources");
  command->add_flag("--to-fml", arguments->to_fml, "Print the maps as text");
  command->add_option("--check", arguments->check,
                      "Only check this map; faults come as file:line:column: what, expected what");
  command->footer("Example: hjerte map --map mapping/dhrd/maps/csv-forloeb.map --input record.json --trace");
  command->callback([arguments, &context] { Run(*arguments, context); });
}

}  // namespace hjerte::tool
