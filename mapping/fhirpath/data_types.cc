#include "mapping/fhirpath/data_types.h"

#include <memory>

#include "mapping/fhirpath/type_table.h"

namespace hjerte::fhirpath {

namespace {

struct PrimitiveType {
  std::string_view name;
  ItemKind kind;
  std::string_view base = "Element";
};

constexpr PrimitiveType kPrimitives[] = {{"boolean", ItemKind::kBoolean},
                                         {"integer", ItemKind::kInteger},
                                         {"positiveInt", ItemKind::kInteger, "integer"},
                                         {"unsignedInt", ItemKind::kInteger, "integer"},
                                         {"integer64", ItemKind::kLong},
                                         {"decimal", ItemKind::kDecimal},
                                         {"string", ItemKind::kString},
                                         {"code", ItemKind::kString, "string"},
                                         {"id", ItemKind::kString, "string"},
                                         {"markdown", ItemKind::kString, "string"},
                                         {"uri", ItemKind::kString},
                                         {"url", ItemKind::kString, "uri"},
                                         {"canonical", ItemKind::kString, "uri"},
                                         {"oid", ItemKind::kString, "uri"},
                                         {"uuid", ItemKind::kString, "uri"},
                                         {"base64Binary", ItemKind::kString},
                                         {"xhtml", ItemKind::kString},
                                         {"date", ItemKind::kDate},
                                         {"dateTime", ItemKind::kDateTime},
                                         {"instant", ItemKind::kDateTime},
                                         {"time", ItemKind::kTime}};

constexpr std::string_view kComplex[] = {
    "Address",       "Annotation",   "Attachment",          "CodeableConcept", "Coding",
    "ContactDetail", "ContactPoint", "Contributor",         "DataRequirement", "Dosage",
    "Expression",    "Extension",    "HumanName",           "Identifier",      "Meta",
    "Money",         "Narrative",    "ParameterDefinition", "Period",          "Quantity",
    "Range",         "Ratio",        "Reference",           "RelatedArtifact", "SampledData",
    "Signature",     "Timing",       "TriggerDefinition",   "UsageContext",    "BackboneElement"};

constexpr std::string_view kQuantities[] = {"Age", "Count", "Distance", "Duration", "MoneyQuantity", "SimpleQuantity"};

std::shared_ptr<const TypeTable> MakeTable() {
  TypeTable::Builder builder("FHIR");
  builder.MarkIncomplete();
  builder.AddType("Element", "", false).AddType("Resource", "", false).AddType("DomainResource", "Resource", false);
  for (const PrimitiveType& type : kPrimitives) builder.AddPrimitive(type.name, type.kind, type.base, false);
  for (const std::string_view name : kComplex) builder.AddType(name, "Element", false);
  for (const std::string_view name : kQuantities) builder.AddType(name, "Quantity", false);
  return *std::move(builder).Build();
}

}  // namespace

const TypeModel& DataTypes() {
  static const std::shared_ptr<const TypeTable> table = MakeTable();
  return *table;
}

}  // namespace hjerte::fhirpath
