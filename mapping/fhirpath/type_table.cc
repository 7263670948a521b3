#include "mapping/fhirpath/type_table.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace hjerte::fhirpath {

TypeId TypeTable::FindType(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kUnknownType : found->second;
}

std::string_view TypeTable::Name(TypeId type) const {
  return type < types_.size() ? std::string_view(types_[type].name) : std::string_view();
}

TypeId TypeTable::Base(TypeId type) const { return type < types_.size() ? types_[type].base : kUnknownType; }

const Element* TypeTable::FindElement(TypeId type, std::string_view name) const {
  const auto found = by_element_.find({type, name});
  return found != by_element_.end() ? found->second : nullptr;
}

const Element* TypeTable::FindChoice(TypeId type, std::string_view member, const Choice** choice) const {
  const auto found = by_choice_.find({type, member});
  if (found == by_choice_.end()) return nullptr;
  *choice = found->second.choice;
  return found->second.element;
}

template <typename Map>
void TypeTable::Inherit(Map& entries) {
  std::vector<std::vector<typename Map::value_type>> own(types_.size());
  for (const auto& entry : entries) own[entry.first.type].push_back(entry);
  for (TypeId type = 1; type < types_.size(); ++type) {
    for (TypeId base = types_[type].base; base != kUnknownType; base = types_[base].base) {
      for (const auto& [key, found] : own[base]) entries.emplace(ElementKey{type, key.name}, found);
    }
  }
}

bool TypeTable::IsClosed(TypeId type) const { return type != kUnknownType && types_[type].closed; }

std::optional<ItemKind> TypeTable::Primitive(TypeId type) const {
  return type < types_.size() ? types_[type].primitive : std::nullopt;
}

TypeTable::Builder::Builder(std::string space, bool strict) : table_(new TypeTable), defined_(1, true) {
  table_->space_ = std::move(space);
  table_->strict_ = strict;
  table_->types_.emplace_back();
}

TypeId TypeTable::Builder::Intern(std::string_view name) {
  if (name.empty()) return kUnknownType;
  const auto [entry, added] =
      table_->by_name_.try_emplace(std::string(name), static_cast<TypeId>(table_->types_.size()));
  if (added) {
    table_->types_.push_back({std::string(name), kUnknownType, true, std::nullopt});
    defined_.push_back(false);
  }
  return entry->second;
}

std::string_view TypeTable::Builder::Keep(std::string_view text) { return table_->names_.emplace_back(text); }

TypeTable::Builder& TypeTable::Builder::AddType(std::string_view name, std::string_view base, bool closed) {
  const TypeId type = Intern(name);
  const TypeId base_type = Intern(base);
  table_->types_[type].base = base_type;
  table_->types_[type].closed = closed;
  defined_[type] = true;
  return *this;
}

TypeTable::Builder& TypeTable::Builder::AddPrimitive(std::string_view name, ItemKind kind, std::string_view base,
                                                     bool closed) {
  AddType(name, base, closed);
  table_->types_[Intern(name)].primitive = kind;
  return *this;
}

TypeTable::Builder& TypeTable::Builder::AddElement(std::string_view type, std::string_view name,
                                                   std::string_view element_type, bool list) {
  const TypeId owner = Intern(type);
  const Element& element = table_->elements_.emplace_back(Element{Keep(name), Intern(element_type), list, {}});
  table_->by_element_[{owner, element.name}] = &element;
  return *this;
}

TypeTable::Builder& TypeTable::Builder::AddChoice(std::string_view type, std::string_view name,
                                                  const std::vector<std::string>& types, bool list) {
  const TypeId owner = Intern(type);
  std::vector<Choice>& choices = table_->choices_.emplace_back();
  choices.reserve(types.size());
  for (const std::string& each : types) {
    std::string member(name);
    const size_t at = member.size();
    member.append(each);
    if (member[at] >= 'a' && member[at] <= 'z') member[at] = static_cast<char>(member[at] - 'a' + 'A');
    choices.push_back({Keep(member), Intern(each)});
  }
  const Element& element = table_->elements_.emplace_back(Element{Keep(name), kUnknownType, list, choices});
  table_->by_element_[{owner, element.name}] = &element;
  for (const Choice& choice : choices) table_->by_choice_[{owner, choice.member}] = {&element, &choice};
  return *this;
}

TypeTable::Builder& TypeTable::Builder::MarkIncomplete() {
  table_->complete_ = false;
  return *this;
}

absl::StatusOr<std::shared_ptr<const TypeTable>> TypeTable::Builder::Build() && {
  std::string missing;
  for (TypeId type = 1; type < defined_.size(); ++type) {
    if (!defined_[type]) absl::StrAppend(&missing, missing.empty() ? "" : ", ", table_->types_[type].name);
    // A chain of bases that never ends would never stop a look-up.
    TypeId base = table_->types_[type].base;
    for (size_t i = 0; base != kUnknownType; base = table_->types_[base].base) {
      if (++i > table_->types_.size()) {
        return absl::InvalidArgumentError(absl::StrCat("type ", table_->types_[type].name, " is its own base"));
      }
    }
  }
  if (!missing.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("types that are used but never defined: ", missing));
  }
  table_->Inherit(table_->by_element_);
  table_->Inherit(table_->by_choice_);
  return std::shared_ptr<const TypeTable>(std::move(table_));
}

TypeTable::Builder MakeLogicalModel(std::string space) {
  TypeTable::Builder builder(std::move(space), /*strict=*/true);
  builder.AddPrimitive("Boolean", ItemKind::kBoolean)
      .AddPrimitive("Integer", ItemKind::kInteger)
      .AddPrimitive("Long", ItemKind::kLong)
      .AddPrimitive("Decimal", ItemKind::kDecimal)
      .AddPrimitive("String", ItemKind::kString)
      .AddPrimitive("Date", ItemKind::kDate)
      .AddPrimitive("DateTime", ItemKind::kDateTime)
      .AddPrimitive("Time", ItemKind::kTime)
      .AddPrimitive("Quantity", ItemKind::kQuantity);
  return builder;
}

}  // namespace hjerte::fhirpath
