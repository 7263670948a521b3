#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/json/value.h"

namespace hjerte::adapters {

// Which variables a source carries: what it carries and does not hold is an answer, what it does not carry is unknown.
// It may depend on the course, e.g. on its legal basis.
class Carries {
 public:
  // These variables, whatever the course.
  static Carries Always(std::vector<std::string> variables);
  // A named profile of a file (mapping/dhrd/maps/carries.yaml): a list of parts, each with `variables` and, where they
  // are not always carried, `when`, a FHIRPath expression over the course record. Errors name file and line; NotFound
  // the profiles there are.
  static absl::StatusOr<Carries> LoadProfile(const std::filesystem::path& file, const std::string& profile);

  // The variables carried for a course record, sorted.
  std::vector<std::string> For(const json::Value& course_record) const;
  // All that are ever carried, sorted.
  const std::vector<std::string>& all() const { return all_; }
  // Everything that decides, as text: another text may carry other variables.
  const std::string& text() const { return text_; }

 private:
  struct Part {
    std::vector<std::string> variables;
    std::vector<fhirpath::Expression> when;  // none or one
  };
  void Add(Part part);

  std::vector<Part> parts_;
  std::vector<std::string> all_;
  std::string text_;
};

}  // namespace hjerte::adapters
