#include "services/tool/simulate_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "services/common/progress.h"
#include "services/tool/simulation/compare.h"
#include "services/tool/simulation/simulate.h"

namespace hjerte::tool {
namespace {

constexpr size_t kDifferencesShown = 20;

struct Arguments {
  SimulationOptions simulation;
  std::vector<std::string> formats = {"csv", "json", "kl"};
  std::string years = "2020-2024";
  std::string geography = "mapping/dhrd/geography/dk-2007.csv";
  std::vector<std::string> compare;
};

void RunCompare(const std::vector<std::string>& files, Context& context) {
  const auto comparison = CompareWithTruth(files[0], {files.begin() + 1, files.end()}, kDifferencesShown);
  if (!comparison.ok()) return Report(context, comparison.status());
  for (const std::string& difference : comparison->differences) context.out << difference << "\n";
  for (const std::string& state : comparison->missing_states) context.out << "never occurs: " << state << "\n";
  context.out << "figures equal truth: " << comparison->equal << " of " << comparison->cells << "\n";
  if (comparison->equal != comparison->cells || comparison->cells == 0) context.exit_code = kExitFindings;
}

bool ReadYears(const std::string& text, SimulationOptions& options) {
  const auto is_year = [](const std::string& year) {
    return year.size() == 4 && year.find_first_not_of("0123456789") == std::string::npos;
  };
  const std::string first = text.substr(0, 4);
  const std::string last = text.size() == 9 && text[4] == '-' ? text.substr(5) : text;
  if (!is_year(first) || !is_year(last)) return false;
  options.first_year = std::stoi(first);
  options.last_year = std::stoi(last);
  return options.first_year >= 2007 && options.first_year <= options.last_year && options.last_year <= 2099;
}

void RunSimulation(Arguments& arguments, Context& context) {
  SimulationOptions& options = arguments.simulation;
  if (!ReadYears(arguments.years, options)) {
    return Report(context, absl::InvalidArgumentError("--years: expected a year or FIRST-LAST from 2007 on, e.g. "
                                                      "2020-2024, not '" +
                                                      arguments.years + "'"));
  }
  options.formats.clear();
  for (const std::string& format : arguments.formats) {
    options.formats.push_back(format == "csv" ? Format::kCsv : format == "json" ? Format::kJson : Format::kKl);
  }
  const auto geography = ReadGeography(arguments.geography);
  if (!geography.ok()) return Report(context, geography.status());
  absl::StatusOr<SimulationSummary> summary = absl::UnknownError("not run");
  {
    common::Progress progress("Simulating courses", options.courses);
    summary = Simulate(options, *geography, [&](int64_t done) { progress.Update(done); });
  }
  if (!summary.ok()) return Report(context, summary.status());
  context.out << summary->courses << " courses, " << summary->sessions << " sessions, " << summary->measurements
              << " measurements in " << options.out.string() << "; " << summary->population << " courses count in "
              << (options.out / "truth.csv").string() << "\n";
}

}  // namespace

void RegisterSimulate(CLI::App& program, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  SimulationOptions& options = arguments->simulation;
  CLI::App* command = program.add_subcommand(
      "simulate", "Write what care systems would export, with realistic faults, and the true figures beside it");
  command->add_option("--municipalities", options.municipalities, "How many municipalities")
      ->check(CLI::Range(1, 98))
      ->capture_default_str();
  command->add_option("--courses", options.courses, "How many courses in all")
      ->check(CLI::Range(1, 10000000))
      ->capture_default_str();
  command->add_option("--seed", options.seed, "The same seed writes the same files")->capture_default_str();
  command->add_option("--years", arguments->years, "Years of closure, FIRST-LAST")->capture_default_str();
  command->add_option("--waves", options.waves, "How many extracts, with corrections in between")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  command->add_option("--formats", arguments->formats, "Formats, in turn for each municipality")
      ->delimiter(',')
      ->check(CLI::IsMember({"csv", "json", "kl"}))
      ->capture_default_str();
  command->add_option("--geography", arguments->geography, "Geography file of the registry")->capture_default_str();
  CLI::Option* out = command->add_option("--out", options.out, "Folder to write to; must be empty or new");
  CLI::Option* compare = command->add_option("--compare", arguments->compare,
                                             "Compare TRUTH.csv with RESULTS.csv … of `hjerte results` instead");
  compare->expected(2, 1000)->excludes(out);
  command->callback([arguments, &context, compare, out] {
    if (compare->count() == 0 && out->count() == 0) throw CLI::RequiredError("--out or --compare");
    if (compare->count() > 0) return RunCompare(arguments->compare, context);
    RunSimulation(*arguments, context);
  });
}

}  // namespace hjerte::tool
