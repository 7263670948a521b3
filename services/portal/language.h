#pragma once

#include <string>

namespace hjerte::portal {

enum class Language { kDanish, kEnglish };

// A text for people in both languages.
struct LocalText {
  std::string da;
  std::string en;
  const std::string& In(Language language) const { return language == Language::kDanish ? da : en; }
};

}  // namespace hjerte::portal
