#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "mapping/registry/content/content_loader.h"

namespace hjerte::registry {
namespace {

// More would not fit the cube's one byte for each course and indicator.
constexpr size_t kMaxReasons = 100;
constexpr size_t kMaxIndicators = 64;

class IndicatorLoader {
 public:
  IndicatorLoader(const YamlReader& file, CompiledContent& content) : file_(file), content_(content) {}

  void Load() {
    file_.AllowOnly({"id", "version", "status", "label", "valid_from", "valid_to", "cohort", "population", "excluded",
                     "indicators"});
    set_.id = file_.StringOf("id");
    set_.version = file_.StringOf("version");
    set_.label = file_.TextOf("label");
    set_.validity = file_.ValidityOf();
    set_.draft = file_.DraftOf();
    Place();
    compiled_.model = content_.compiled_variable_sets[content_.VariableSetOn(set_.validity.from)].model;
    set_.cohort = file_.StringOf("cohort");
    compiled_.cohort = Intern(file_.At("cohort"), "the cohort");
    for (const YamlReader& item : file_.ItemsOf("indicators")) LoadIndicator(item);
    if (set_.indicators.empty()) file_.Fail("the set has no indicator, add one under `indicators`");
    CheckSameCourses();
    content_.draft = content_.draft || set_.draft;
    content_.indicator_sets.push_back(std::move(set_));
    content_.compiled_indicator_sets.push_back(std::move(compiled_));
  }

 private:
  void Place() const {
    for (const IndicatorSet& other : content_.indicator_sets) {
      if (other.id == set_.id)
        file_.At("id").Fail(absl::StrCat("indicator set `", set_.id, "` exists twice, rename one"));
      if (other.validity.Overlaps(set_.validity)) {
        file_.At("valid_from")
            .Fail(absl::StrCat("the validity overlaps that of `", other.id, "`; end the older set with valid_to"));
      }
    }
  }

  // The index of the expression; the same text is compiled once. It is checked against every variable set that can be
  // in force while the indicator set is.
  size_t Intern(const YamlReader& at, const std::string& where) {
    const std::string source = at.String();
    const auto found = index_.find(source);
    if (found != index_.end()) return found->second;
    for (size_t i = 0; i < content_.variable_sets.size(); ++i) {
      if (content_.variable_sets[i].validity.Overlaps(set_.validity)) {
        CompileRule(at, where, content_.compiled_variable_sets[i].model.get(), {});
      }
    }
    const size_t index = compiled_.expressions.size();
    compiled_.expressions.push_back(CompileRule(at, where, compiled_.model.get(), {}));
    index_.emplace(source, index);
    return index;
  }

  void LoadIndicator(const YamlReader& node) {
    node.AllowOnly(
        {"id", "type", "label", "description", "standard", "population", "excluded", "unknown", "numerator"});
    Indicator indicator;
    CompiledIndicator compiled;
    indicator.id = node.StringOf("id");
    if (set_.Find(indicator.id)) {
      node.At("id").Fail(absl::StrCat("indicator `", indicator.id, "` stands twice, rename one"));
    }
    if (set_.indicators.size() == kMaxIndicators) node.Fail(absl::StrCat("a set holds at most ", kMaxIndicators));
    indicator.label = node.TextOf("label");
    indicator.description = node.TextOf("description");
    indicator.type = node.StringOf("type");
    if (indicator.type != "process" && indicator.type != "result") node.At("type").Fail("type is process or result");
    indicator.draft = set_.draft;
    indicator.standard = LoadStandard(node);
    const YamlReader population = node.Has("population") ? node.At("population") : file_.At("population");
    indicator.population = population.String();
    compiled.population = Intern(population, indicator.id + " population");
    LoadReasons(file_.ItemsOf("excluded"), indicator, true, indicator.excluded, compiled.excluded);
    LoadReasons(node.ItemsOf("excluded"), indicator, true, indicator.excluded, compiled.excluded);
    LoadReasons(node.ItemsOf("unknown"), indicator, false, indicator.unknown, compiled.unknown);
    indicator.unknown.push_back({"no_answer", {"Uoplyst", "No answer"}, "", false});
    indicator.numerator = node.StringOf("numerator");
    compiled.numerator = Intern(node.At("numerator"), indicator.id + " numerator");
    if (indicator.excluded.size() + indicator.unknown.size() > kMaxReasons) node.Fail("too many reasons");
    set_.indicators.push_back(std::move(indicator));
    compiled_.indicators.push_back(std::move(compiled));
  }

  void LoadReasons(const std::vector<YamlReader>& nodes, const Indicator& indicator, bool exclusion,
                   std::vector<Reason>& reasons, std::vector<size_t>& expressions) {
    for (const YamlReader& node : nodes) {
      if (exclusion) {
        node.AllowOnly({"id", "label", "when", "same_courses_as"});
      } else {
        node.AllowOnly({"id", "label", "when", "apart"});
      }
      Reason reason;
      reason.id = node.StringOf("id");
      const auto same = [&](const Reason& other) { return other.id == reason.id; };
      if (reason.id == "no_answer" || std::any_of(indicator.excluded.begin(), indicator.excluded.end(), same) ||
          std::any_of(indicator.unknown.begin(), indicator.unknown.end(), same)) {
        node.At("id").Fail(absl::StrCat("reason `", reason.id, "` stands twice in ", indicator.id, ", rename one"));
      }
      reason.label = node.TextOf("label");
      reason.expression = node.StringOf("when");
      reason.apart = node.BooleanOr("apart", false);
      if (node.Has("same_courses_as")) reason.same_courses_as = node.StringOf("same_courses_as");
      expressions.push_back(Intern(node.At("when"), absl::StrCat(indicator.id, " ", reason.id)));
      reasons.push_back(std::move(reason));
    }
  }

  // Each names an exclusion of another indicator of the same population, and of two that are the same one names the
  // other.
  void CheckSameCourses() const {
    std::set<std::string> paired;
    for (const Indicator& indicator : set_.indicators) {
      for (const Reason& reason : indicator.excluded) {
        if (reason.same_courses_as.empty()) continue;
        const std::string name = absl::StrCat(indicator.id, ".", reason.id);
        const bool found = std::any_of(set_.indicators.begin(), set_.indicators.end(), [&](const Indicator& other) {
          return other.id != indicator.id && other.population == indicator.population &&
                 std::any_of(other.excluded.begin(), other.excluded.end(), [&](const Reason& each) {
                   return absl::StrCat(other.id, ".", each.id) == reason.same_courses_as;
                 });
        });
        if (!found) {
          file_.Fail(absl::StrCat(name, ": same_courses_as names `", reason.same_courses_as,
                                  "`; expected INDICATOR.REASON, an exclusion of another indicator"));
        }
        if (!paired.insert(name).second || !paired.insert(reason.same_courses_as).second) {
          file_.Fail(absl::StrCat(name, ": same_courses_as pairs two reasons, let one of them name the other once"));
        }
      }
    }
  }

  static std::optional<Standard> LoadStandard(const YamlReader& node) {
    const std::optional<YamlReader> found = node.Find("standard");
    if (!found) return std::nullopt;
    found->AllowOnly({"direction", "percent", "source"});
    Standard standard;
    if (!found->Has("source") || found->StringOf("source").empty()) {
      found->Fail("a standard needs a `source`: say where it is published, or leave the standard out");
    }
    standard.source = found->StringOf("source");
    const std::string direction = found->StringOf("direction");
    if (direction != "at-least" && direction != "below") found->At("direction").Fail("direction is at-least or below");
    standard.direction = direction == "below" ? Standard::Direction::kBelow : Standard::Direction::kAtLeast;
    standard.percent = found->StringOf("percent");
    const std::optional<fhirpath::Decimal> percent = fhirpath::Decimal::Parse(standard.percent);
    if (!percent || *percent < fhirpath::Decimal(0) || *percent > fhirpath::Decimal(100)) {
      found->At("percent").Fail("percent is a number from 0 to 100");
    }
    return standard;
  }

  const YamlReader& file_;
  CompiledContent& content_;
  IndicatorSet set_;
  CompiledIndicatorSet compiled_;
  std::unordered_map<std::string, size_t> index_;
};

}  // namespace

void LoadIndicatorSet(const YamlReader& file, CompiledContent& content) { IndicatorLoader(file, content).Load(); }

}  // namespace hjerte::registry
