#include "mapping/registry/content/variable.h"

#include <algorithm>

#include "mapping/registry/content/indicator_set.h"

namespace hjerte::registry {

std::string_view PointCode(Point point) {
  switch (point) {
    case Point::kStart:
      return "start";
    case Point::kEnd:
      return "end";
    case Point::kFollowUp:
      return "follow-up";
    case Point::kNone:
      break;
  }
  return "";
}

std::string_view PointMember(Point point) { return point == Point::kFollowUp ? "follow_up" : PointCode(point); }

std::string_view ValueTypeName(ValueType type) {
  switch (type) {
    case ValueType::kCode:
      return "code";
    case ValueType::kText:
      return "text";
    case ValueType::kIdentifier:
      return "identifier";
    case ValueType::kCount:
      return "count";
    case ValueType::kScore:
      return "score";
    case ValueType::kQuantity:
      return "quantity";
    case ValueType::kDecimal:
      return "decimal";
    case ValueType::kDate:
      return "date";
    case ValueType::kBoolean:
      break;
  }
  return "boolean";
}

const Code* Variable::FindCode(std::string_view code) const {
  const auto found = std::find_if(codes.begin(), codes.end(), [&](const Code& each) { return each.code == code; });
  return found == codes.end() ? nullptr : &*found;
}

const Variable* VariableSet::Find(std::string_view id) const {
  const auto found =
      std::find_if(variables.begin(), variables.end(), [&](const Variable& each) { return each.id == id; });
  return found == variables.end() ? nullptr : &*found;
}

std::optional<size_t> IndicatorSet::Find(std::string_view indicator_id) const {
  for (size_t i = 0; i < indicators.size(); ++i) {
    if (indicators[i].id == indicator_id) return i;
  }
  return std::nullopt;
}

}  // namespace hjerte::registry
