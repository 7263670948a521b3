#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mapping/fhirpath/frame.h"
#include "mapping/fhirpath/type_spec.h"

namespace hjerte::fhirpath {

// The System value of an item: of a FHIR primitive its value, of a FHIR Quantity a Quantity (R4, Using FHIR types in
// expressions). An item that has none (a complex node, a primitive without value) is returned as it is.
Item ToSystem(Frame& frame, const Item& item);

// ToSystem, and where nothing is known of a node's type, also what the other operand asks for: a text as a date, an
// object as a Quantity.
Item ToSystemLike(Frame& frame, const Item& item, ItemKind wanted);

// Adds the item if it is of the type, and the System value of a FHIR primitive where that is (R4: as() takes either).
void AddAs(Frame& frame, const Item& item, const TypeSpec& type, Collection& out);

// The text of an item that ToSystem would make a String of; empty for any other.
std::optional<std::string_view> PlainText(const Frame& frame, const Item& item);

// True if the item is a node whose value is complex or absent.
bool IsComplex(const Item& item);

// A number of any kind as a Decimal.
std::optional<Decimal> ToDecimal(const Item& item);

// What toQuantity() reads: 4.5 'mg', 4 days, 4.5. Empty for any other text.
std::optional<Quantity> ParseQuantity(Frame& frame, std::string_view text);

// An item holding the quantity, kept in the arena.
Item MakeQuantity(Frame& frame, const Quantity& quantity);

// toString() of a System value; empty for complex nodes.
std::optional<std::string> ToStringValue(const Item& system);

TemporalKind KindOfTemporal(const Item& item);

}  // namespace hjerte::fhirpath
