#pragma once

#include <string>

namespace hjerte::registry {

// The languages of every text for people.
enum class Language { kDanish, kEnglish };

// A text for people in both languages of the gateway.
struct Text {
  std::string da;
  std::string en;

  const std::string& In(Language language) const { return language == Language::kDanish ? da : en; }
};

}  // namespace hjerte::registry
