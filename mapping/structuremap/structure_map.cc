#include "mapping/structuremap/structure_map.h"

#include <array>
#include <string>
#include <utility>

namespace hjerte::structuremap {
namespace {

template <typename E, size_t N>
using Codes = std::array<std::pair<E, const char*>, N>;

constexpr Codes<Transform, 17> kTransforms = {{
    {Transform::kCreate, "create"},
    {Transform::kCopy, "copy"},
    {Transform::kTruncate, "truncate"},
    {Transform::kEscape, "escape"},
    {Transform::kCast, "cast"},
    {Transform::kAppend, "append"},
    {Transform::kTranslate, "translate"},
    {Transform::kReference, "reference"},
    {Transform::kDateOp, "dateOp"},
    {Transform::kUuid, "uuid"},
    {Transform::kPointer, "pointer"},
    {Transform::kEvaluate, "evaluate"},
    {Transform::kCc, "cc"},
    {Transform::kC, "c"},
    {Transform::kQty, "qty"},
    {Transform::kId, "id"},
    {Transform::kCp, "cp"},
}};

constexpr Codes<Source::ListMode, 5> kSourceListModes = {{
    {Source::ListMode::kFirst, "first"},
    {Source::ListMode::kNotFirst, "not_first"},
    {Source::ListMode::kLast, "last"},
    {Source::ListMode::kNotLast, "not_last"},
    {Source::ListMode::kOnlyOne, "only_one"},
}};

constexpr Codes<Target::ListMode, 5> kTargetListModes = {{
    {Target::ListMode::kFirst, "first"},
    {Target::ListMode::kShare, "share"},
    {Target::ListMode::kLast, "last"},
    {Target::ListMode::kSingle, "single"},
    {Target::ListMode::kCollate, "collate"},
}};

constexpr Codes<Structure::Mode, 4> kStructureModes = {{
    {Structure::Mode::kSource, "source"},
    {Structure::Mode::kQueried, "queried"},
    {Structure::Mode::kTarget, "target"},
    {Structure::Mode::kProduced, "produced"},
}};

template <typename E, size_t N>
const char* ToCode(const Codes<E, N>& codes, E value) {
  for (const auto& [key, code] : codes) {
    if (key == value) return code;
  }
  return "";
}

template <typename E, size_t N>
std::optional<E> FromCode(const Codes<E, N>& codes, const std::string& text) {
  for (const auto& [key, code] : codes) {
    if (text == code) return key;
  }
  return std::nullopt;
}

}  // namespace

bool Rule::IsSimpleCopy() const {
  if (sources.size() != 1 || targets.size() != 1 || !rules.empty() || !dependents.empty()) return false;
  const Target& target = targets[0];
  return sources[0].variable == kSimpleVariable && target.variable == kSimpleVariable && target.parameters.empty() &&
         (target.transform == Transform::kCreate || target.transform == Transform::kNone);
}

const char* TransformCode(Transform transform) { return ToCode(kTransforms, transform); }
std::optional<Transform> ParseTransform(const std::string& code) { return FromCode(kTransforms, code); }
const char* ListModeCode(Source::ListMode mode) { return ToCode(kSourceListModes, mode); }
std::optional<Source::ListMode> ParseSourceListMode(const std::string& code) {
  return FromCode(kSourceListModes, code);
}
const char* ListModeCode(Target::ListMode mode) { return ToCode(kTargetListModes, mode); }
std::optional<Target::ListMode> ParseTargetListMode(const std::string& code) {
  return FromCode(kTargetListModes, code);
}
const char* ModeCode(Structure::Mode mode) { return ToCode(kStructureModes, mode); }
std::optional<Structure::Mode> ParseStructureMode(const std::string& code) { return FromCode(kStructureModes, code); }

}  // namespace hjerte::structuremap
