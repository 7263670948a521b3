#include "mapping/view/suite.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/decimal.h"
#include "mapping/json/write.h"

namespace hjerte::view {
namespace {

using json::Value;

bool Same(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return false;
  if (left.is_number()) {
    const auto a = fhirpath::Decimal::Parse(left.text());
    const auto b = fhirpath::Decimal::Parse(right.text());
    return a.has_value() && b.has_value() ? *a == *b : left.text() == right.text();
  }
  if (!left.is_array()) return json::DeepEqual(left, right);
  return std::equal(left.elements().begin(), left.elements().end(), right.elements().begin(), right.elements().end(),
                    Same);
}

// A row has the expected columns and no others, and their values; a column that is not expected may be null.
bool RowMatches(const Row& row, const std::vector<Column>& columns, const Value& expected) {
  for (const json::Member& member : expected.members()) {
    const bool known =
        std::any_of(columns.begin(), columns.end(), [&](const Column& column) { return column.name == member.name; });
    if (!known && !member.value.is_null()) return false;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const Value* value = expected.Find(columns[i].name);
    if (!Same(row[i], value == nullptr ? Value::Null() : *value)) return false;
  }
  return true;
}

std::string RowText(const Row& row, const std::vector<Column>& columns) {
  std::string text = "{";
  for (size_t i = 0; i < row.size(); ++i) {
    absl::StrAppend(&text, i > 0 ? ", " : "", columns[i].name, ": ", json::Write(row[i]));
  }
  return text + "}";
}

// What is wrong with the rows; empty if nothing is.
std::string CompareRows(const std::vector<Row>& rows, const std::vector<Column>& columns, const Value& expected) {
  if (rows.size() != expected.size()) {
    return absl::StrCat(rows.size(), " rows, expected ", expected.size());
  }
  std::vector<bool> used(rows.size());
  for (const Row& row : rows) {
    bool found = false;
    for (size_t i = 0; i < expected.size() && !found; ++i) {
      if (used[i] || !RowMatches(row, columns, expected.elements()[i])) continue;
      used[i] = true;
      found = true;
    }
    if (!found) return absl::StrCat("the row ", RowText(row, columns), " was not expected");
  }
  return {};
}

std::string CompareColumns(const std::vector<Column>& columns, const Value& expected) {
  const bool same = std::equal(columns.begin(), columns.end(), expected.elements().begin(), expected.elements().end(),
                               [](const Column& column, const Value& name) { return column.name == name.text(); });
  return same ? "" : absl::StrCat("other columns, expected ", json::Write(expected));
}

// What is wrong with a test's outcome; empty if nothing is.
std::string RunTest(const Value& test, const Value& resources, const ViewOptions& options, json::Arena& arena) {
  const Value* expect_error = test.Find("expectError");
  const bool error_expected = expect_error != nullptr && expect_error->bool_value();
  const Value* definition = test.Find("view");
  if (definition == nullptr) return "no view in the test";
  std::vector<Row> rows;
  const absl::StatusOr<View> view = View::Compile(*definition, options);
  absl::Status status = view.status();
  for (const Value& resource : resources.elements()) {
    if (status.ok()) status = view->Run(resource, arena, rows);
  }
  if (!status.ok()) return error_expected ? "" : std::string(status.message());
  if (error_expected) return "no error, expected one";
  if (const Value* columns = test.Find("expectColumns"); columns != nullptr) {
    if (std::string wrong = CompareColumns(view->columns(), *columns); !wrong.empty()) return wrong;
  }
  if (const Value* count = test.Find("expectCount"); count != nullptr) {
    if (absl::StrCat(rows.size()) != count->text()) {
      return absl::StrCat(rows.size(), " rows, expected ", std::string(count->text()));
    }
  }
  const Value* expected = test.Find("expect");
  return expected == nullptr ? "" : CompareRows(rows, view->columns(), *expected);
}

}  // namespace

absl::StatusOr<SuiteResult> RunSuite(const Value& suite, std::string_view name, const ViewOptions& options,
                                     json::Arena& arena, Value report) {
  const Value* resources = suite.Find("resources");
  const Value* tests = suite.Find("tests");
  if (resources == nullptr || tests == nullptr || !tests->is_array() || !resources->is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(name), ": expected resources and tests"));
  }
  SuiteResult totals;
  Value results = Value::Array(arena);
  for (const Value& test : tests->elements()) {
    const std::string wrong = RunTest(test, *resources, options, arena);
    ++(wrong.empty() ? totals.passed : totals.failed);
    Value outcome = Value::Object(arena);
    outcome.Add(arena, "passed", Value::Bool(wrong.empty()));
    if (!wrong.empty()) outcome.Add(arena, "error", Value::String(arena.CopyText(wrong)));
    Value entry = Value::Object(arena);
    const Value* title = test.Find("title");
    entry.Add(arena, "name", Value::String(arena.CopyText(title == nullptr ? "" : title->text())));
    entry.Add(arena, "result", outcome);
    results.Append(arena, entry);
  }
  Value file = Value::Object(arena);
  file.Add(arena, "tests", results);
  report.Set(arena, name, file);
  return totals;
}

}  // namespace hjerte::view
