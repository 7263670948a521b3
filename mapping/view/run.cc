#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/evaluation_context.h"
#include "mapping/view/cell.h"
#include "mapping/view/selection.h"

namespace hjerte::view {
namespace {

using fhirpath::Collection;
using fhirpath::Item;

// One resource's run. Rows are as wide as the view from the start; each select fills its own columns.
class Runner {
 public:
  Runner(const ViewProgram& view, const json::Value& resource, json::Arena& arena)
      : view_(view), arena_(arena), context_(&arena) {
    root_ = Item::Node(
        resource, view.options.model == nullptr ? fhirpath::kUnknownType : view.options.model->FindType(view.resource));
    for (const Constant& constant : view.constants) context_.SetVariable(constant.name, Collection(constant.value));
    context_.set_join_gives_text(true);
    context_.set_resource(root_);
    context_.set_root_resource(root_);
  }

  absl::Status Run(std::vector<Row>& rows) {
    SetRowIndex(0);
    for (const fhirpath::Expression& condition : view_.where) {
      absl::StatusOr<bool> holds = Holds(condition);
      if (!holds.ok()) return holds.status();
      if (!*holds) return absl::OkStatus();
    }
    std::vector<Row> made(1, Row(view_.columns.size()));
    if (absl::Status status = Below(view_.root, root_, 0, made); !status.ok()) return status;
    rows.insert(rows.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
    return absl::OkStatus();
  }

 private:
  void SetRowIndex(int64_t index) {
    if (row_index_ == index) return;
    row_index_ = index;
    context_.SetVariable("rowIndex", Collection(Item::Integer(index)));
  }

  absl::StatusOr<Collection> Evaluate(const fhirpath::Expression& path, const Item* focus) {
    context_.limits().max_steps = view_.options.max_steps - std::min(steps_, view_.options.max_steps);
    absl::StatusOr<Collection> result = path.Evaluate(focus, context_);
    steps_ += context_.steps() + 1;
    if (steps_ > view_.options.max_steps) return absl::ResourceExhaustedError("more steps than the limit allows");
    return result;
  }

  absl::StatusOr<bool> Holds(const fhirpath::Expression& condition) {
    absl::StatusOr<Collection> values = Evaluate(condition, &root_);
    if (!values.ok()) return values.status();
    if (values->empty()) return false;
    const Item& value = values->front();
    if (values->size() == 1 && value.kind() == fhirpath::ItemKind::kBoolean) return value.boolean();
    if (values->size() == 1 && value.is_node() && value.node().is_bool()) return value.node().bool_value();
    return absl::InvalidArgumentError(
        absl::StrCat("where ", condition.source(), " gives no truth value, expected true, false or nothing"));
  }

  // The rows of one select at a node.
  absl::Status Process(const Selection& select, const Item& focus, int64_t row_index, std::vector<Row>& rows) {
    if (select.iteration == Selection::Iteration::kNone) return AtFocus(select, focus, row_index, rows);
    std::vector<Item> nodes;
    if (select.iteration == Selection::Iteration::kRepeat) {
      if (absl::Status status = Repeat(select, focus, 1, nodes); !status.ok()) return status;
    } else {
      absl::StatusOr<Collection> found = Evaluate(select.paths[0], &focus);
      if (!found.ok()) return found.status();
      nodes.assign(found->begin(), found->end());
    }
    for (size_t i = 0; i < nodes.size(); ++i) {
      absl::Status status = AtFocus(select, nodes[i], static_cast<int64_t>(i), rows);
      if (!status.ok()) return status;
    }
    if (nodes.empty() && select.iteration == Selection::Iteration::kForEachOrNull) {
      Row row(view_.columns.size());
      if (absl::Status status = FillNull(select, row); !status.ok()) return status;
      rows.push_back(std::move(row));
    }
    return absl::OkStatus();
  }

  // All nodes below, each before those below it, in the order of the paths.
  absl::Status Repeat(const Selection& select, const Item& focus, size_t depth, std::vector<Item>& nodes) {
    if (depth > view_.options.max_repeat_depth) {
      return absl::ResourceExhaustedError("repeat goes deeper than the limit allows");
    }
    for (const fhirpath::Expression& path : select.paths) {
      absl::StatusOr<Collection> found = Evaluate(path, &focus);
      if (!found.ok()) return found.status();
      for (const Item& node : *found) {
        if (nodes.size() >= view_.options.max_rows) return TooMany();
        nodes.push_back(node);
        if (absl::Status status = Repeat(select, node, depth + 1, nodes); !status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

  // Columns, nested selects and unions at one node: every combination of their rows.
  absl::Status AtFocus(const Selection& select, const Item& focus, int64_t row_index, std::vector<Row>& rows) {
    std::vector<Row> made(1, Row(view_.columns.size()));
    SetRowIndex(row_index);
    for (const SelectedColumn& column : select.columns) {
      absl::StatusOr<Collection> values = Evaluate(column.path, &focus);
      if (!values.ok()) return At(column, values.status());
      absl::StatusOr<json::Value> cell = MakeCell(*values, column, view_.options.model, arena_);
      if (!cell.ok()) return At(column, cell.status());
      made[0][column.index] = *cell;
    }
    if (absl::Status status = Below(select, focus, row_index, made); !status.ok()) return status;
    if (rows.size() + made.size() > view_.options.max_rows) return TooMany();
    rows.insert(rows.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));
    return absl::OkStatus();
  }

  absl::Status Below(const Selection& select, const Item& focus, int64_t row_index, std::vector<Row>& made) {
    for (const Selection& nested : select.selects) {
      std::vector<Row> part;
      if (absl::Status status = Process(nested, focus, row_index, part); !status.ok()) return status;
      if (absl::Status status = Join(made, part); !status.ok()) return status;
    }
    if (select.unions.empty()) return absl::OkStatus();
    std::vector<Row> part;
    for (const Selection& branch : select.unions) {
      if (absl::Status status = Process(branch, focus, row_index, part); !status.ok()) return status;
    }
    return Join(made, part);
  }

  // Every row of `made` with every row of `part`; the two fill different columns.
  absl::Status Join(std::vector<Row>& made, const std::vector<Row>& part) {
    if (part.size() > 1 && made.size() > view_.options.max_rows / part.size()) return TooMany();
    std::vector<Row> joined;
    joined.reserve(made.size() * part.size());
    for (const Row& left : made) {
      for (const Row& right : part) {
        Row row = left;
        for (size_t i = 0; i < row.size(); ++i) {
          if (row[i].is_null()) row[i] = right[i];
        }
        joined.push_back(std::move(row));
      }
    }
    made = std::move(joined);
    return absl::OkStatus();
  }

  static bool AlwaysHasRow(const Selection& select) {
    return select.iteration == Selection::Iteration::kNone || select.iteration == Selection::Iteration::kForEachOrNull;
  }

  // The row of a forEachOrNull that found nothing: only its row index is something, 0.
  absl::Status FillNull(const Selection& select, Row& row) {
    for (const Selection& nested : select.selects) {
      if (!AlwaysHasRow(nested)) continue;
      if (absl::Status status = FillNull(nested, row); !status.ok()) return status;
    }
    if (!select.unions.empty() && AlwaysHasRow(select.unions.front())) {
      if (absl::Status status = FillNull(select.unions.front(), row); !status.ok()) return status;
    }
    SetRowIndex(0);
    for (const SelectedColumn& column : select.columns) {
      if (column.path.source() != "%rowIndex") continue;
      absl::StatusOr<Collection> values = Evaluate(column.path, nullptr);
      if (!values.ok()) return values.status();
      absl::StatusOr<json::Value> cell = MakeCell(*values, column, view_.options.model, arena_);
      if (!cell.ok()) return cell.status();
      row[column.index] = *cell;
    }
    return absl::OkStatus();
  }

  static absl::Status At(const SelectedColumn& column, const absl::Status& status) {
    return absl::Status(status.code(), absl::StrCat("column ", column.name, ": ", std::string(status.message())));
  }

  absl::Status TooMany() const {
    return absl::ResourceExhaustedError(absl::StrCat("more than ", view_.options.max_rows, " rows of one resource"));
  }

  const ViewProgram& view_;
  json::Arena& arena_;
  fhirpath::EvaluationContext context_;
  Item root_;
  int64_t row_index_ = -1;
  uint64_t steps_ = 0;
};

}  // namespace

absl::Status RunView(const ViewProgram& view, const json::Value& resource, json::Arena& arena, std::vector<Row>& rows) {
  const json::Value* type = resource.Find("resourceType");
  if (type == nullptr || type->text() != view.resource) return absl::OkStatus();
  return Runner(view, resource, arena).Run(rows);
}

}  // namespace hjerte::view
