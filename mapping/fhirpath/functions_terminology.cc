#include <span>
#include <string>
#include <vector>

#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

bool MemberOf(const Call& call, Collection& out) {
  std::optional<Item> item;
  std::optional<std::string_view> value_set;
  if (!call.Single(item) || !call.TextArgument(0, value_set)) return false;
  if (!item.has_value() || !value_set.has_value()) return true;
  const auto& member_of = call.frame.context.hooks().member_of;
  const std::optional<bool> answer = member_of ? member_of(*item, *value_set) : std::nullopt;
  if (!answer.has_value())
    return call.Fail("the value set is not loaded, or has several systems and the code names none");
  out.Add(Item::Boolean(*answer));
  return true;
}

std::string_view MemberText(const Item& item, std::string_view name) {
  const json::Value* value = item.is_node() ? item.node().Find(name) : nullptr;
  return value != nullptr ? value->text() : std::string_view();
}

// The codes an item stands for: a code or Coding itself, a CodeableConcept's codings.
std::vector<Item> CodesOf(const Item& item) {
  const json::Value* codings = item.is_node() ? item.node().Find("coding") : nullptr;
  if (codings == nullptr) return {item};
  std::vector<Item> codes;
  for (const json::Value& coding : codings->elements()) codes.push_back(Item::Node(coding));
  return codes;
}

bool IsPlain(const Item& item) { return !item.is_node() || item.node().is_string(); }

std::string_view CodeOf(const Item& item) {
  if (!item.is_node()) return item.kind() == ItemKind::kString ? item.text() : std::string_view();
  return item.node().is_string() ? item.node().text() : MemberText(item, "code");
}

// Whether one code is or stands above the other; empty where nobody knows.
std::optional<bool> Subsumes(const Call& call, const Item& code, const Item& other) {
  const bool plain = IsPlain(code) || IsPlain(other);
  if (CodeOf(code) == CodeOf(other) && (plain || MemberText(code, "system") == MemberText(other, "system")))
    return true;
  const auto& hook = call.frame.context.hooks().subsumes;
  return hook ? hook(code, other) : std::nullopt;
}

// R4, subsumes: true if any code of the one concept is, or stands above, any code of the other.
bool SubsumesAny(const Call& call, bool upwards, Collection& out) {
  std::optional<Item> item, other;
  if (!call.Single(item) || !call.SingleArgument(0, other)) return false;
  if (!item.has_value() || !other.has_value()) return true;
  bool unknown = false;
  for (const Item& code : CodesOf(*item)) {
    for (const Item& opposite : CodesOf(*other)) {
      if (!call.frame.Step(call.position)) return false;
      const auto answer = upwards ? Subsumes(call, code, opposite) : Subsumes(call, opposite, code);
      unknown = unknown || !answer.has_value();
      if (answer.value_or(false)) {
        out.Add(Item::Boolean(true));
        return true;
      }
    }
  }
  if (unknown) return call.Fail("the code system is not loaded; only equal codes are known to subsume each other");
  out.Add(Item::Boolean(false));
  return true;
}

bool SubsumesCode(const Call& call, Collection& out) { return SubsumesAny(call, true, out); }
bool SubsumedBy(const Call& call, Collection& out) { return SubsumesAny(call, false, out); }

constexpr FunctionInfo kFunctions[] = {
    {"memberOf", MemberOf, 1, 1, ResultKind::kBoolean},
    {"subsumes", SubsumesCode, 1, 1, ResultKind::kBoolean},
    {"subsumedBy", SubsumedBy, 1, 1, ResultKind::kBoolean},
};

}  // namespace

std::span<const FunctionInfo> TerminologyFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
