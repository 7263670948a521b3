#include <cstdlib>
#include <random>

#include "services/portal/portal.h"
#include "services/portal/read_model_source.h"
#include "services/portal/texts.h"
#include "tests/mapping/registry/publication_cells.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/services/portal/attack/published_reader.h"

// Everything a real central service publishes, by every door, against an exact solver. HJERTE_ATTACK_SETS and
// HJERTE_ATTACK_SEED make the run longer and another one.
namespace hjerte::tests {
namespace {

namespace v1 = hjertegateway::v1;
using indicator::testing::CourseReport;
using indicator::testing::SyntheticCpr;

const std::vector<std::string> kMunicipalities = {"0751", "0727", "0101"};

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

class PublishedAttack : public indicator::testing::CentralTest {
 protected:
  // Courses of two quarters; with seven of ten in the same shape, so that some figures are large enough to be shown.
  CourseReport RandomCourse(int number) {
    const auto below = [this](unsigned limit) { return random_() % limit; };
    CourseReport course{.key = "course-" + std::to_string(number), .cpr = SyntheticCpr(number * 7)};
    course.municipality = kMunicipalities[below(3)];
    course.end = below(2) == 0 ? "2025-03-20" : "2025-06-01";
    if (below(3) == 0) course.legal_basis = "s119";
    if (below(4) == 0) course.sessions_attended = 2;
    if (below(6) == 0) course.status = "stopped";
    if (below(5) == 0) course.hads = false;
    if (below(4) == 0) course.walk_end = below(2) == 0 ? "" : "410";
    return course;
  }
  void DeliverRandom(int first, int count) {
    std::vector<CourseReport> courses;
    for (int i = first; i < first + count; ++i) courses.push_back(RandomCourse(i));
    DeliverCourses(courses);
  }

  std::vector<registry::Cell> Published() {
    const registry::Content& content = service_->read_model().content();
    const auto publication = service_->read_model().shown()->Unpack(content, content.indicator_sets().front());
    EXPECT_TRUE(publication.ok()) << publication.status();
    return registry::testing::CellsOf(*publication);
  }

  void ReadAnswers(PublishedReader& reader) {
    for (const auto period : {v1::PERIOD_KIND_QUARTER, v1::PERIOD_KIND_HALF_YEAR, v1::PERIOD_KIND_YEAR}) {
      for (const auto stratum : {v1::STRATUM_KIND_UNSPECIFIED, v1::STRATUM_KIND_SEX, v1::STRATUM_KIND_AGE_GROUP,
                                 v1::STRATUM_KIND_DIAGNOSIS_GROUP, v1::STRATUM_KIND_LEGAL_BASIS}) {
        v1::GetResultsRequest request = YearOf("2025", false);
        for (const auto unit : {v1::UNIT_KIND_MUNICIPALITY, v1::UNIT_KIND_CLUSTER, v1::UNIT_KIND_REGION}) {
          request.add_unit_kinds(unit);
        }
        request.set_period_kind(period);
        request.set_stratum_kind(stratum);
        v1::GetResultsResponse response;
        const grpc::Status status = GetResults("reader-public", request, response);
        EXPECT_TRUE(status.ok()) << status.error_message();
        reader.ReadAnswer(response);
      }
    }
  }

  void ReadPages(PublishedReader& reader) {
    const portal::Texts texts = *portal::Texts::Shipped();
    const portal::ReadModelSource source(service_->read_model(), clock_);
    const web::Router router = portal::MakePortal({&source, &texts});
    const auto ask = [&router](const std::string& path, const std::string& period) {
      web::HttpRequest request;
      request.method = "GET";
      request.path = path;
      request.query = {{"lang", "en"}};
      if (!period.empty()) request.query.push_back({"period", period});
      request.role = doors::Role::kAnyone;
      const web::HttpResponse response = router(request);
      EXPECT_EQ(response.status, 200) << path;
      return response.body;
    };
    const registry::Date from = *registry::ParseDate("2025-01-01");
    for (const std::string& code : kMunicipalities) {
      reader.ReadCsv(ask("/municipality/" + code + ".csv", ""));
      reader.ReadJson(ask("/municipality/" + code + ".json", ""));
      for (const auto kind :
           {registry::PeriodKind::kQuarter, registry::PeriodKind::kHalfYear, registry::PeriodKind::kYear}) {
        for (const registry::Period& period : registry::PeriodsBetween(kind, from, *registry::ParseDate("2025-06-30")))
          reader.ReadPage(ask("/municipality/" + code, period.label), code, period);
      }
    }
  }

  PublishedReader ReadEverything(const std::vector<registry::Cell>& cells) {
    PublishedReader reader(cells);
    ReadAnswers(reader);
    ReadPages(reader);
    return reader;
  }

  std::mt19937 random_{static_cast<unsigned>(FromEnvironment("HJERTE_ATTACK_SEED", 1))};
};

TEST_F(PublishedAttack, WhatAllDoorsShowOfASeriesOfSnapshotsPinsNoHiddenCount) {
  StartService();
  int delivered = 0;
  std::vector<std::vector<registry::Cell>> truths;
  std::vector<std::vector<registry::testing::SeenCell>> seen;
  const auto publish = [&](int courses) {
    DeliverRandom(delivered, courses);
    delivered += courses;
    EXPECT_TRUE(service_->publisher().Publish().ok());
    const PublishedReader reader = ReadEverything(truths.emplace_back(Published()));
    for (const char* door : {"gRPC", "CSV", "JSON", "page"}) EXPECT_GT(reader.figures_by_door().at(door), 100U);
    seen.push_back(reader.seen());
  };
  publish(30 + static_cast<int>(random_() % 20));
  for (int more = FromEnvironment("HJERTE_ATTACK_SETS", 2); more > 0; --more)
    publish(2 + static_cast<int>(random_() % 12));
  std::vector<registry::testing::Snapshot> series;
  for (size_t i = 0; i < truths.size(); ++i) series.push_back({&truths[i], seen[i]});
  const auto attack = registry::testing::Attack(service_->read_model().content(), series);
  EXPECT_GT(attack.hidden, 100U);
  ASSERT_EQ(attack.pinned, 0U) << attack.first_pinned << " of " << attack.hidden;
  ASSERT_EQ(attack.undecided, 0U);
}

// The same reader and solver see through what is masked by the rule of 1 and 2 alone.
TEST_F(PublishedAttack, TheReaderAndTheSolverFindAHiddenCountThatAnotherDoorShows) {
  StartService();
  DeliverRandom(0, 40);
  ASSERT_TRUE(service_->publisher().Publish().ok());
  const std::vector<registry::Cell> cells = Published();
  std::vector<registry::testing::SeenCell> seen = ReadEverything(cells).seen();
  for (size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].stratum_kind == registry::StratumKind::kTotal) seen[i].unknown = cells[i].unknown;
    if (cells[i].stratum_kind == registry::StratumKind::kTotal) seen[i].numerator = cells[i].numerator;
    if (cells[i].stratum_kind == registry::StratumKind::kTotal) seen[i].denominator = cells[i].denominator;
  }
  EXPECT_GT(registry::testing::Attack(service_->read_model().content(), {{&cells, seen}}).pinned, 0U);
}

}  // namespace
}  // namespace hjerte::tests
