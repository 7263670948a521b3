#pragma once

#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::indicator {

// Takes out of a report, in place, what names a person and no rule of the registry reads: resources of types that are
// not looked at; of a Patient all but id, meta, identifier, gender, birth date, death, managing organization and of its
// addresses the extensions and periods; everywhere narratives, notes, comments, contained resources and the display of
// references. True when anything was there to be taken out.
bool TakeOutNames(json::Value& bundle, json::Arena& arena);

// A stored resource as it may leave the house for a table: data minimisation (GDPR, article 5(1)(c)) on top of the
// pseudonyms the store keeps. Of a Patient only id, meta, gender, the year of birth, deceased and the managing
// organization are left. From every other resource the narrative, notes, comments, answers in free text and contained
// resources are taken out, and from every reference its identifier and display. What is left lives in `arena` and in
// `resource`.
json::Value Minimised(const json::Value& resource, json::Arena& arena);

}  // namespace hjerte::indicator
