#pragma once

#include "services/portal/published_source.h"
#include "services/portal/texts.h"
#include "services/web/router.h"

namespace hjerte::portal {

// What the portal answers from. All must outlive it.
struct PortalDependencies {
  const PublishedSource* source = nullptr;
  const Texts* texts = nullptr;
};

// The pages:
//   /                          the municipalities, ?q= searches by name
//   /municipality/{code}       one municipality, ?period=2025 | 2025-H1 | 2025-Q3
//   /municipality/{code}.csv   its published cells
//   /municipality/{code}.json  the same
//   /assets/{name}             style sheet, script, icon
//   /healthz                   "ok" while the program answers
// Who may ask for which stands in services/doors/table.h. Pages take ?lang=da|en (Danish without it).
web::Router MakePortal(const PortalDependencies& dependencies);

}  // namespace hjerte::portal
