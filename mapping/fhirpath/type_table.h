#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "mapping/fhirpath/type_model.h"

namespace hjerte::fhirpath {

// A TypeModel in tables. Made by a Builder, then frozen.
class TypeTable : public TypeModel {
 public:
  class Builder;

  std::string_view space() const override { return space_; }
  TypeId FindType(std::string_view name) const override;
  std::string_view Name(TypeId type) const override;
  TypeId Base(TypeId type) const override;
  const Element* FindElement(TypeId type, std::string_view name) const override;
  const Element* FindChoice(TypeId type, std::string_view member, const Choice** choice) const override;
  bool IsClosed(TypeId type) const override;
  std::optional<ItemKind> Primitive(TypeId type) const override;
  bool IsComplete() const override { return complete_; }
  bool strict() const override { return strict_; }

 private:
  struct Type {
    std::string name;
    TypeId base = kUnknownType;
    bool closed = true;
    std::optional<ItemKind> primitive;
  };
  struct ElementKey {
    TypeId type;
    std::string_view name;
    bool operator==(const ElementKey&) const = default;
    template <typename Hash>
    friend Hash AbslHashValue(Hash hash, const ElementKey& key) {
      return Hash::combine(std::move(hash), key.type, key.name);
    }
  };
  struct ChoiceEntry {
    const Element* element;
    const Choice* choice;
  };

  struct TextHash {
    using is_transparent = void;  // Look-ups by view, without making a string.
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  // Gives every type what its bases have and it does not, so that one look-up finds it.
  template <typename Map>
  void Inherit(Map& entries);

  std::string space_;
  bool strict_ = false;
  bool complete_ = true;
  std::vector<Type> types_;  // Index is TypeId; entry 0 is "not known".
  std::unordered_map<std::string, TypeId, TextHash, std::equal_to<>> by_name_;
  std::deque<std::string> names_;  // Deques keep addresses: views and spans point into them.
  std::deque<Element> elements_;
  std::deque<std::vector<Choice>> choices_;
  absl::flat_hash_map<ElementKey, const Element*> by_element_;
  absl::flat_hash_map<ElementKey, ChoiceEntry> by_choice_;
};

// Builds a table. Types may be named before they are added; Build refuses names that never were.
class TypeTable::Builder {
 public:
  explicit Builder(std::string space, bool strict = false);

  // A complex type; `base` may be empty. An open type accepts names it does not list.
  Builder& AddType(std::string_view name, std::string_view base = "", bool closed = true);
  // A primitive type and the System kind its values have.
  Builder& AddPrimitive(std::string_view name, ItemKind kind, std::string_view base = "", bool closed = true);
  // An element of a type.
  Builder& AddElement(std::string_view type, std::string_view name, std::string_view element_type, bool list = false);
  // A choice element: one spelling for each type, as FHIR writes it.
  Builder& AddChoice(std::string_view type, std::string_view name, const std::vector<std::string>& types,
                     bool list = false);

  // The table holds only some of the types there are.
  Builder& MarkIncomplete();

  // The finished model; an error names every type that was used and never added.
  absl::StatusOr<std::shared_ptr<const TypeTable>> Build() &&;

 private:
  TypeId Intern(std::string_view name);
  std::string_view Keep(std::string_view text);

  std::unique_ptr<TypeTable> table_;
  std::vector<bool> defined_;
};

// A model of one's own records: primitive types Boolean, Integer, Long, Decimal, String, Date, DateTime, Time and
// Quantity stand ready under these names; unknown members and type errors are semantic errors at compile time.
TypeTable::Builder MakeLogicalModel(std::string space);

}  // namespace hjerte::fhirpath
