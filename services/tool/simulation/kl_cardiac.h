#pragma once

#include <string>
#include <vector>

#include "services/tool/simulation/course.h"
#include "services/tool/simulation/kl_resources.h"

namespace hjerte::tool {

// Ids of the resources that others of the same course refer to.
struct KlReferences {
  std::string patient;
  std::string provider;
  std::string condition;
  std::string plan;
};

// The ids for a course; the citizen's is the same in each of his courses.
KlReferences KlReferencesOf(const Course& course);

// Adds what KL's profiles have no place for: procedure, training sessions, measurements, questionnaires.
void AddCardiacResources(const Course& snapshot, const KlReferences& references, std::vector<KlResource>& resources);

}  // namespace hjerte::tool
