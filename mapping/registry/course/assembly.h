#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/json/value.h"
#include "mapping/registry/content/content.h"

namespace hjerte::registry {

// The highest version of one resource of a citizen, and its stamp in UTC microseconds.
struct CurrentResource {
  json::Value resource;
  int64_t stamp_us = 0;
};

// An extension of a resource's meta: the care system's own stamp as valueInstant, where meta.lastUpdated had to be
// another, as of a resource that was taken back and is there again.
inline constexpr std::string_view kOwnStampExtension =
    "http://hjertegateway.dk/fhir/StructureDefinition/own-last-updated";

// The stamp that says when the resource was changed: its own one, else the one it is ordered by.
int64_t OwnStamp(const CurrentResource& current);

// True when the resource says that it was entered in error.
bool IsEnteredInError(const json::Value& resource);

// By id; of several with one id the first in order of the reference.
using Organizations = std::map<std::string_view, CurrentResource>;

// What belongs to one course: the resources that reach one referral. Handles into the input.
struct AssembledCourse {
  std::string course_key;
  // The referral, or the plan where no sound one is left, was entered in error but still holds its data: the course
  // counts as excluded and is retracted from exports.
  bool entered_in_error = false;
  CurrentResource patient;   // Null resource when it has not arrived.
  CurrentResource referral;  // The ServiceRequest.
  // Of the intervention plans of the course: the one that begins first, and the one that decides whether the course is
  // closed (an open one before closed ones, then the one that ends last). The same one where there is only one; null
  // resources when the course has not begun.
  CurrentResource opening_plan;
  CurrentResource closing_plan;
  // Everything else of the course (planned interventions, Encounters, Observations, Conditions, …), ordered by type and
  // id. No follow-up plans.
  std::vector<CurrentResource> resources;
  // The citizen's Organizations by id, which are what performers refer to. One table for all courses.
  std::shared_ptr<const Organizations> organizations;
};

// A citizen's courses, ordered by course key, and the resources that reach no referral yet.
struct Assembly {
  std::vector<AssembledCourse> courses;
  std::vector<CurrentResource> pending;
};

// Sorts one citizen's current resources into courses. Resources that were entered in error are left out, except a
// referral or intervention plan, which marks its course; a bare tombstone of a referral (nothing left but its id) is no
// course. The result depends on the set of resources alone, not on their order.
Assembly AssembleCourses(const Content& content, std::span<const CurrentResource> resources);

}  // namespace hjerte::registry
