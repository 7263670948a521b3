#pragma once

#include "services/portal/published_source.h"
#include "services/portal/router.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// What the portal answers from. All must outlive it.
struct PortalDependencies {
  const PublishedSource* source = nullptr;
  const Texts* texts = nullptr;
};

// The pages:
//   /                          the municipalities, ?q= searches by name           public
//   /municipality/{code}       one municipality, ?period=2025 | 2025-H1 | 2025-Q3 public
//   /municipality/{code}.csv   its published cells                                public
//   /municipality/{code}.json  the same                                           public
//   /assets/{name}             style sheet, script, icon                          public
//   /healthz                   "ok" while the program answers                     public
// Pages take ?lang=da|en (Danish without it).
Router MakePortal(const PortalDependencies& dependencies);

}  // namespace hjerte::portal
