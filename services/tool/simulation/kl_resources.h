#pragma once

#include <string>
#include <vector>

#include "services/tool/simulation/course.h"

namespace hjerte::tool {

// Which of the two Bundles a resource travels in.
enum class KlBundle { kBoth, kDeliveryReport, kCardiac };

// One FHIR resource of a course.
struct KlResource {
  std::string type;
  std::string id;
  std::string json;
  KlBundle bundle = KlBundle::kDeliveryReport;
  // True for what every Bundle repeats: the citizen, the referral and its reason, the organisations.
  bool frame = false;
  // True for an Observation that must be refused; it travels in a Bundle of its own.
  bool faulty = false;
};

// The resources of a snapshot, as KL's section 119 and 140 profiles shape them and, where `second_bundle`, as the
// cardiac-rehabilitation profile shapes what those have no place for.
std::vector<KlResource> KlResourcesOf(const Course& snapshot, const Municipality& municipality);

// A version-4 shaped UUID that is always the same for the same key and name.
std::string NamedUuid(const std::string& key, const std::string& name);

// "http://fhir.kl.dk/prevention/StructureDefinition/" or, for section 140, that of "rehab".
std::string KlProfileBase(LegalBasis legal_basis);

}  // namespace hjerte::tool
