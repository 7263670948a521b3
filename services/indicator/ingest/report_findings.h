#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "mapping/registry/content/variable.h"
#include "mapping/registry/finding.h"

namespace hjerte::indicator {

// The findings the central service itself makes about a report, beside those of the registry's checks. Texts tell what
// to do, in both languages; none quotes a value.

registry::Finding DeliveryIdMalformed();
registry::Finding DeliveryIdConflict();
registry::Finding BundleIdConflict();
registry::Finding SourceTooLong();
registry::Finding NotAllowedForAuthority();
registry::Finding NoReport();
registry::Finding TryLater();
// `status` names line and column.
registry::Finding NotJson(const absl::Status& status);
registry::Finding NotABundle();
// `status` names map, group and rule.
registry::Finding NotMappable(const absl::Status& status);
// `status` names the entry.
registry::Finding NotIdentifiable(const absl::Status& status);
// A Course's own faults; `location` is the place in it, `field` the member of VariableValue that the type asks for.
registry::Finding CourseKeyMissing();
registry::Finding CourseStampImpossible();
registry::Finding CourseValuesTooMany(int most);
registry::Finding VariableNotSendable(std::string location);
registry::Finding ValueInWrongField(std::string location, const registry::Variable& variable, std::string_view field);
registry::Finding ValueNotDecimal(std::string location, const registry::Variable& variable);
registry::Finding CarriesUnknownVariable();
registry::Finding CitizenUnclear(const absl::Status& status);
registry::Finding CitizenNumberElsewhere();
registry::Finding StampMissing(std::string_view resource_type);
// Another source of the authority reported a course of this key for another citizen: only one of the two counts.
inline constexpr std::string_view kKeyOfAnotherSource = "course-key-of-another-source";
registry::Finding KeyOfAnotherSource();

}  // namespace hjerte::indicator
