#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "hjertegateway/v1/indicator.pb.h"
#include "tests/mapping/registry/attack/masking_attack.h"

namespace hjerte::tests {

// Everything that the public can read of one snapshot, put together: what one door hides and another shows is shown. It
// reads what a reader gets (messages, a page's text, the files' lines) and knows nothing of masks.
class PublishedReader {
 public:
  // The cells the snapshot is made of: where figures can be. Their counts are the answers the attacker is judged by and
  // are not looked at.
  explicit PublishedReader(const std::vector<registry::Cell>& cells);

  void ReadAnswer(const hjertegateway::v1::GetResultsResponse& answer);
  // A municipality's files in English.
  void ReadCsv(std::string_view file);
  void ReadJson(std::string_view file);
  // A municipality's page in English, for the period that it shows.
  void ReadPage(std::string_view page, const std::string& municipality, const registry::Period& period);

  // What is seen, parallel to the cells.
  const std::vector<registry::testing::SeenCell>& seen() const { return seen_; }
  // How many figures each door showed, so that a test can tell that it read any.
  const std::map<std::string, size_t>& figures_by_door() const { return figures_; }

 private:
  // Indicator, unit kind, unit, first and last day, stratum kind, stratum.
  using Key = std::tuple<std::string, registry::UnitKind, std::string, registry::Date, registry::Date,
                         registry::StratumKind, std::string>;

  registry::testing::SeenCell* At(const Key& key, bool shown);
  void Learn(const std::string& door, std::optional<int64_t>& known, std::optional<int64_t> count);
  void ReadArticle(std::string_view article, const std::string& indicator, const std::string& municipality,
                   const registry::Period& period);
  void ReadFraction(const std::string& indicator, registry::UnitKind kind, const std::string& unit,
                    const registry::Period& period, std::string_view text);

  std::vector<registry::testing::SeenCell> seen_;
  std::map<Key, size_t> places_;
  std::map<std::string, std::pair<registry::UnitKind, std::string>, std::less<>> units_by_name_;
  std::map<std::string, registry::Period, std::less<>> periods_by_text_;
  std::map<std::string, size_t> figures_;
};

}  // namespace hjerte::tests
