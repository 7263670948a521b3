#include "adapters/reports/carries.h"

#include <algorithm>
#include <utility>

#include "mapping/fhirpath/evaluation_context.h"
#include "services/common/config.h"

namespace hjerte::adapters {
namespace {

void SortUnique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

void Carries::Add(Part part) {
  all_.insert(all_.end(), part.variables.begin(), part.variables.end());
  SortUnique(all_);
  for (const fhirpath::Expression& when : part.when) text_ += "when " + when.source() + "\n";
  for (const std::string& variable : part.variables) text_ += variable + "\n";
  parts_.push_back(std::move(part));
}

Carries Carries::Always(std::vector<std::string> variables) {
  Carries carries;
  carries.Add({.variables = std::move(variables), .when = {}});
  return carries;
}

absl::StatusOr<Carries> Carries::LoadProfile(const std::filesystem::path& file, const std::string& profile) {
  const auto loaded = common::ConfigMap::Load(file);
  if (!loaded.ok()) return loaded.status();
  const common::ConfigMap profiles = loaded->Map("profiles");
  Carries carries;
  std::string known;
  bool found = false;
  for (const std::string& name : profiles.Keys()) {
    known += (known.empty() ? "" : ", ") + name;
    found = found || name == profile;
    for (const common::ConfigMap& map : profiles.Maps(name)) {
      Part part{.variables = map.Strings("variables"), .when = {}};
      if (const std::string when = map.String("when", ""); !when.empty()) {
        auto expression = fhirpath::Expression::Compile(when);
        if (expression.ok()) {
          part.when.push_back(*std::move(expression));
        } else {
          map.Fail("when", "a FHIRPath expression: " + std::string(expression.status().message()));
        }
      }
      if (name == profile) carries.Add(std::move(part));
    }
  }
  if (absl::Status status = loaded->Finish(); !status.ok()) return status;
  if (!found) {
    return absl::NotFoundError(file.filename().string() + ": has no profile \"" + profile + "\"; it has " + known);
  }
  return carries;
}

std::vector<std::string> Carries::For(const json::Value& course_record) const {
  std::vector<std::string> carried;
  for (const Part& part : parts_) {
    bool applies = true;
    for (const fhirpath::Expression& when : part.when) {
      fhirpath::EvaluationContext context;
      const auto answer = when.EvaluateBoolean(course_record, context);
      applies = answer.ok() && answer->value_or(false);
    }
    if (applies) carried.insert(carried.end(), part.variables.begin(), part.variables.end());
  }
  SortUnique(carried);
  return carried;
}

}  // namespace hjerte::adapters
