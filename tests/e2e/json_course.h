#pragma once

#include <string>

namespace hjerte::tests {

// Ten digits that nobody has, since they fail the modulus-11 check; the same for the same number (0 to 999).
std::string SomebodysCpr(int number);

// A completed course as a care system of the format json-forloeb exports it.
std::string JsonCourse(const std::string& id, int citizen);

// A file of such courses, given as "{…},{…}".
std::string JsonFile(const std::string& records);

// `text` with the first `from` replaced, which must be there.
std::string Replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace hjerte::tests
