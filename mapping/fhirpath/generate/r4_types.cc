// Writes the summary of R4's types as lines of C++, for the build: r4_types DEFINITIONS OUTPUT.
#include <fstream>
#include <iostream>
#include <sstream>

#include "mapping/fhirpath/definitions.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: r4_types DEFINITIONS OUTPUT\n";
    return 2;
  }
  const auto summary = hjerte::fhirpath::SummariseDefinitions(argv[1]);
  if (!summary.ok()) {
    std::cerr << summary.status().message() << "\n";
    return 1;
  }
  const auto table = hjerte::fhirpath::ReadSummary(*summary);
  if (!table.ok()) {
    std::cerr << table.status().message() << "\n";
    return 1;
  }
  std::ofstream out(argv[2]);
  std::istringstream lines(*summary);
  for (std::string line; std::getline(lines, line);) out << "\"" << line << "\",\n";
  return out.good() ? 0 : 1;
}
