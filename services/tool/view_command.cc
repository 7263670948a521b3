#include "services/tool/view_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/view/suite.h"
#include "mapping/view/table_writer.h"
#include "mapping/view/view.h"
#include "services/tool/central_client.h"
#include "services/tool/central_resources.h"
#include "services/tool/input_file.h"
#include "services/tool/owner_file.h"

namespace hjerte::tool {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  CentralOptions central;
  std::string authority;
  std::string reason;
  std::string view;
  std::vector<std::string> files;
  std::vector<std::string> suites;
  std::string format = "csv";
  std::string output;
  std::string separator = ",";
  bool guard_formulas = true;
};

absl::StatusOr<json::Document> ReadJson(const std::string& name) {
  json::Limits limits;
  limits.max_bytes = size_t{1} << 30;
  limits.max_members = 100'000'000;
  const absl::StatusOr<std::string> text = ReadInput(name, limits.max_bytes >> 20);
  if (!text.ok()) return text.status();
  absl::StatusOr<json::Document> document = json::Parse(*text, limits);
  if (!document.ok()) return absl::InvalidArgumentError(name + ": " + std::string(document.status().message()));
  return document;
}

// Files as given, folders as the .json and .ndjson files below them.
std::vector<std::string> Expand(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(name, error)) {
      files.push_back(name);
      continue;
    }
    const size_t first = files.size();
    for (const auto& entry : fs::recursive_directory_iterator(name, error)) {
      const fs::path extension = entry.path().extension();
      if (extension == ".json" || extension == ".ndjson") files.push_back(entry.path().string());
    }
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

// Runs the view over every resource of a document and writes the rows.
class Table {
 public:
  Table(const view::View& view, view::TableWriter& writer) : view_(view), writer_(writer) {}

  // A resource, a Bundle's entries, or a list of resources.
  absl::Status Add(const json::Value& value) {
    if (value.is_array()) {
      for (const json::Value& element : value.elements()) {
        if (absl::Status status = Add(element); !status.ok()) return status;
      }
      return absl::OkStatus();
    }
    const json::Value* type = value.Find("resourceType");
    if (type != nullptr && type->text() == "Bundle" && view_.resource() != "Bundle") {
      const json::Value* entries = value.Find("entry");
      for (const json::Value& entry : entries == nullptr ? std::span<const json::Value>() : entries->elements()) {
        const json::Value* resource = entry.Find("resource");
        if (resource == nullptr) continue;
        if (absl::Status status = Add(*resource); !status.ok()) return status;
      }
      return absl::OkStatus();
    }
    json::Arena arena;
    std::vector<view::Row> rows;
    if (absl::Status status = view_.Run(value, arena, rows); !status.ok()) return status;
    for (const view::Row& row : rows) writer_.Write(row);
    return absl::OkStatus();
  }

  absl::Status AddFile(const std::string& name) {
    if (!name.ends_with(".ndjson")) {
      const absl::StatusOr<json::Document> document = ReadJson(name);
      if (!document.ok()) return document.status();
      return Named(name, Add(document->root()));
    }
    std::ifstream file(name, std::ios::binary);
    if (!file) return absl::NotFoundError(name + ": cannot be read");
    return EachLine(file, name, json::Limits().max_bytes >> 20, [&](const std::string& line, size_t number) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) return absl::OkStatus();
      const absl::StatusOr<json::Document> document = json::Parse(line);
      return Named(name + ":" + std::to_string(number), document.ok() ? Add(document->root()) : document.status());
    });
  }

 private:
  static absl::Status Named(const std::string& name, const absl::Status& status) {
    if (status.ok()) return status;
    return absl::Status(status.code(), name + ": " + std::string(status.message()));
  }

  const view::View& view_;
  view::TableWriter& writer_;
};

view::ViewOptions Options() {
  view::ViewOptions options;
  options.model = fhirpath::R4Model();
  return options;
}

void RunTable(const Arguments& arguments, std::ostream& out, Context& context) {
  const absl::StatusOr<view::TableFormat> format = view::ParseTableFormat(arguments.format);
  if (!format.ok()) return Report(context, format.status());
  const absl::StatusOr<json::Document> definition = ReadJson(arguments.view);
  if (!definition.ok()) return Report(context, definition.status());
  const absl::StatusOr<view::View> view = view::View::Compile(definition->root(), Options());
  if (!view.ok()) {
    return Report(context, absl::InvalidArgumentError(arguments.view + ": " + std::string(view.status().message())));
  }
  view::TableOptions options;
  options.format = *format;
  options.separator = arguments.separator[0];
  options.guard_formulas = arguments.guard_formulas;
  view::TableWriter writer(out, view->columns(), options);
  Table table(*view, writer);
  writer.Begin();
  if (!arguments.central.connect.empty()) {
    const absl::Status status = EachCentralResource(
        arguments.central, {.type = view->resource(), .authority = arguments.authority, .reason = arguments.reason},
        [&table](const json::Value& resource) { return table.Add(resource); });
    if (!status.ok()) return Report(context, status);
  }
  for (const std::string& name : Expand(arguments.files)) {
    const absl::Status status = table.AddFile(name);
    if (!status.ok()) {
      context.err << "hjerte: " << std::string(status.message()) << "\n";
      context.exit_code = absl::IsNotFound(status) ? kExitEnvironment : kExitFindings;
      return;
    }
  }
  writer.End();
}

void RunSuites(const Arguments& arguments, std::ostream& out, Context& context) {
  json::Arena arena;
  json::Value report = json::Value::Object(arena);
  view::SuiteResult totals;
  for (const std::string& name : Expand(arguments.suites)) {
    if (name.find(".schema.") != std::string::npos) continue;
    const absl::StatusOr<json::Document> suite = ReadJson(name);
    if (!suite.ok()) return Report(context, suite.status());
    const auto result = view::RunSuite(suite->root(), fs::path(name).filename().string(), Options(), arena, report);
    if (!result.ok()) return Report(context, result.status());
    totals.passed += result->passed;
    totals.failed += result->failed;
  }
  out << json::Write(report, json::Indent::kTwoSpaces) << "\n";
  context.err << totals.passed << " of " << totals.passed + totals.failed << " tests passed\n";
  if (totals.failed > 0) context.exit_code = kExitFindings;
}

void Run(const Arguments& arguments, Context& context) {
  std::ofstream file;
  if (!arguments.output.empty()) {
    if (absl::Status status = MakeOwnerFile(arguments.output); !status.ok()) return Report(context, status);
    file.open(arguments.output, std::ios::binary | std::ios::trunc);
    if (!file) return Report(context, absl::NotFoundError(arguments.output + ": cannot be written"));
  }
  std::ostream& out = arguments.output.empty() ? context.out : file;
  if (!arguments.suites.empty()) {
    RunSuites(arguments, out, context);
  } else if (arguments.view.empty() || arguments.files.empty() == arguments.central.connect.empty()) {
    Report(context, absl::InvalidArgumentError("view: give --view and either files or --connect, or --suite"));
  } else {
    RunTable(arguments, out, context);
  }
  if (!arguments.output.empty() && !file.flush()) {
    Report(context, absl::UnavailableError(arguments.output + ": could not be written whole"));
  }
}

}  // namespace

void RegisterView(CLI::App& program, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      program.add_subcommand("view", "A table from FHIR resources, by a ViewDefinition (SQL on FHIR v2).");
  command->add_option("--view", arguments->view, "The ViewDefinition, a JSON file");
  command->add_option("files", arguments->files,
                      "Resources, Bundles, lists of them, .ndjson files, or folders of these");
  AddCentralOptions(*command, arguments->central);
  command->get_option("--cert")->required(false);
  command->get_option("--connect")
      ->required(false)
      ->description(
          "Read the central service's current resources, pseudonymised, instead of files; needs the role registry");
  command->add_option("--authority", arguments->authority, "Only what this authority delivered; with --connect");
  command->add_option("--reason", arguments->reason, "What the table is for, kept in the audit log; with --connect");
  command->add_option("--format", arguments->format, "csv, ndjson or json")->capture_default_str();
  command->add_option("--output", arguments->output, "Write to this file, its owner's alone, instead of the terminal");
  command->add_option("--separator", arguments->separator, "Between the cells of CSV, e.g. ';'")
      ->capture_default_str()
      ->check([](const std::string& text) {
        return text.size() == 1 && text != "\"" && text != "\n" ? "" : "expected one character";
      });
  command->add_flag("--guard-formulas,!--no-guard-formulas", arguments->guard_formulas,
                    "Put an apostrophe before texts a spreadsheet would run as a formula");
  command->add_option("--suite", arguments->suites,
                      "Run files (or a folder) of the published SQL on FHIR suite and write its report");
  command->footer(
      "Parquet is not written: Debian 12 has no package of a Parquet library for C++.\n"
      "Example: hjerte view --view patients.json bundles/ --format csv --output patients.csv");
  command->callback([arguments, &context] { Run(*arguments, context); });
}

}  // namespace hjerte::tool
