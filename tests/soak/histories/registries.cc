#include "tests/soak/histories/registries.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/indicator/return_if_error.h"
#include "tests/shared.h"

namespace hjerte::soak {
namespace {

// Every `from` of the file becomes `to`.
absl::Status Replace(const tests::TemporaryFolder& folder, const std::string& file, const std::string& from,
                     const std::string& to) {
  const std::string text = tests::ReadFile(folder / file);
  if (!absl::StrContains(text, from)) return absl::NotFoundError(absl::StrCat(file, " has no ", from));
  folder.Write(file, absl::StrReplaceAll(text, {{from, to}}));
  return absl::OkStatus();
}

// The line that begins so is left out.
absl::Status LeaveOut(const tests::TemporaryFolder& folder, const std::string& file, const std::string& beginning) {
  std::string text = tests::ReadFile(folder / file);
  const std::size_t at = text.find(beginning);
  if (at == std::string::npos) return absl::NotFoundError(absl::StrCat(file, " has no ", beginning));
  folder.Write(file, text.erase(at, text.find('\n', at) + 1 - at));
  return absl::OkStatus();
}

absl::Status ChangeMaps(const tests::TemporaryFolder& folder, const std::string& maps) {
  const std::string json = maps + "json-forloeb.map";
  const std::string csv = maps + "csv-forloeb.map";
  HJERTE_RETURN_IF_ERROR(Replace(folder, json, "o.status = 'final'", "o.status = 'amended'"));
  HJERTE_RETURN_IF_ERROR(Replace(folder, csv, "o.status = 'final'", "o.status = 'amended'"));
  HJERTE_RETURN_IF_ERROR(LeaveOut(folder, json, "  src.traeninger as session"));
  HJERTE_RETURN_IF_ERROR(LeaveOut(folder, csv, "  src.Sessioner as session"));
  return Replace(folder, maps + "report-copies.map", "src.status as status -> o.status = status \"status\";",
                 "src.status as status where ($this = 'final') -> o.status = 'amended' \"other\";\n"
                 "  src.status as status where ($this != 'final') -> o.status = status \"status\";");
}

absl::Status ChangeCarries(const tests::TemporaryFolder& folder, const std::string& file) {
  HJERTE_RETURN_IF_ERROR(Replace(folder, file, "ldl, ", ""));
  return Replace(folder, file, "systolic, ", "");
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Registries>> Registries::Make() {
  auto made = std::make_unique<Registries>();
  for (int i = 0; i < kCount; ++i) {
    std::filesystem::copy(tests::SourceDir() / "mapping/dhrd", made->Folder(i),
                          std::filesystem::copy_options::recursive);
  }
  HJERTE_RETURN_IF_ERROR(ChangeMaps(made->folder_, "1/maps/"));
  HJERTE_RETURN_IF_ERROR(ChangeCarries(made->folder_, "2/maps/carries.yaml"));
  return made;
}

}  // namespace hjerte::soak
