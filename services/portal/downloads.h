#pragma once

#include <string>
#include <vector>

#include "services/portal/municipality_view.h"
#include "services/portal/published_cell.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// Published cells as CSV (UTF-8 with BOM, CRLF). Danish: semicolon and decimal comma; English: comma and decimal point,
// as spreadsheets of each language expect. Hidden figures are "#". A text that a spreadsheet could take for a formula
// is preceded by an apostrophe. `provenance` stands in every line as set and draft mark.
std::string WriteCsv(const Phrases& phrases, const std::vector<PublishedCell>& cells, const ProvenanceView& provenance);

// The same cells as one JSON object {"provenance": …, "cells": [ … ]}; hidden figures are absent and "hidden" is true.
std::string WriteJson(const std::vector<PublishedCell>& cells, const ProvenanceView& provenance);

}  // namespace hjerte::portal
