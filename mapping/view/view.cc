#include "mapping/view/view.h"

#include <utility>

#include "mapping/view/selection.h"

namespace hjerte::view {

struct View::Impl {
  std::shared_ptr<const ViewProgram> program;
};

absl::StatusOr<View> View::Compile(const json::Value& definition, const ViewOptions& options) {
  absl::StatusOr<std::shared_ptr<const ViewProgram>> program = CompileView(definition, options);
  if (!program.ok()) return program.status();
  return View(std::make_shared<const Impl>(Impl{*std::move(program)}));
}

const std::string& View::name() const { return impl_->program->name; }
const std::string& View::resource() const { return impl_->program->resource; }
const std::vector<Column>& View::columns() const { return impl_->program->columns; }

absl::Status View::Run(const json::Value& resource, json::Arena& arena, std::vector<Row>& rows) const {
  return RunView(*impl_->program, resource, arena, rows);
}

}  // namespace hjerte::view
