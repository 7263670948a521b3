#pragma once

#include <string_view>

namespace hjerte::tool {

// A reason for stopping a course: KL's code and its Danish text as care systems export them.
struct ClosingReason {
  std::string_view code;
  std::string_view danish;
  // Share of the stopped courses, in permille; a guess, since none is published.
  int permille;
};

inline constexpr ClosingReason kClosingReasons[] = {
    {"4bbf6d6a-a1c6-41c2-b8c1-7352b7378adf", "Ikke yderligere behov (borger-vurderet)", 130},
    {"a63b6aa6-7d56-4e67-a5b3-d73f6d262af5", "Ikke yderligere behov (fagperson-vurderet)", 90},
    {"3a5a72b7-addf-4857-b80c-04e4246e3072", "Aktivt fravalg", 220},
    {"0cd5734d-b663-47c6-a3da-6b14a937d144", "Aktivt fravalg pga. anden sygdom", 170},
    {"f8436c2e-af1c-44fe-939d-473b518dd01d", "Aktivt fravalg pga. økonomi ifm. transport", 30},
    {"8371b769-4bfb-4ac8-b130-d91c54784a56", "Aktivt fravalg pga. logistik ifm. transport", 60},
    {"a3f2bd01-078b-486e-81be-797d192ad7bd", "Aktivt fravalg pga. anden træning", 60},
    {"82e99421-31da-4915-96ed-168ccfa1d20c", "Hændelse medfører ophør", 90},
    {"ef491570-7884-4acd-bcf7-43d6b2c64762", "Borger har ikke henvendt sig eller er udeblevet", 150},
};

// Index in kClosingReasons of "Hændelse medfører ophør".
inline constexpr int kEventReason = 7;

}  // namespace hjerte::tool
