#include "adapters/source/csv_faults.h"

namespace hjerte::source {
namespace {

std::string Location(const CsvPlace& place) {
  std::string text(place.file);
  if (place.row > 0) text += ":" + std::to_string(place.row);
  if (!place.column.empty()) text += ":" + std::string(place.column);
  return text;
}

// "sessioner.csv række 12, kolonne Dato: …" in both languages.
Fault Make(std::string code, const CsvPlace& place, const std::string& da, const std::string& en) {
  std::string where_da(place.file);
  std::string where_en(place.file);
  if (place.row > 0) {
    where_da += " række " + std::to_string(place.row);
    where_en += " row " + std::to_string(place.row);
  }
  if (!place.column.empty()) {
    where_da += ", kolonne " + std::string(place.column);
    where_en += ", column " + std::string(place.column);
  }
  return Fault{.code = std::move(code),
               .location = Location(place),
               .text = {.da = where_da + ": " + da, .en = where_en + ": " + en}};
}

}  // namespace

Fault ValueFault(const CsvPlace& place, ColumnType type) {
  switch (type) {
    case ColumnType::kDate:
      return Make("source-date", place, "værdien er ikke en dato (dd-mm-åååå). Ret datoen i omsorgssystemet.",
                  "the value is not a date (dd-mm-yyyy). Correct the date in the care system.");
    case ColumnType::kLocalTime:
      return Make("source-time", place,
                  "værdien er ikke et tidspunkt (dd-mm-åååå tt:mm:ss). Ret tidspunktet i omsorgssystemet.",
                  "the value is not a time (dd-mm-yyyy hh:mm:ss). Correct the time in the care system.");
    case ColumnType::kInteger:
      return Make("source-integer", place, "værdien er ikke et helt tal. Ret tallet i omsorgssystemet.",
                  "the value is not a whole number. Correct the number in the care system.");
    case ColumnType::kDecimal:
    case ColumnType::kDecimalOrText:
    case ColumnType::kText:  // never at fault
      break;
  }
  return Make("source-decimal", place,
              "værdien er ikke et tal med decimalkomma (uden tusindtalspunktum). Ret tallet i omsorgssystemet.",
              "the value is not a number with a decimal comma (without thousands separators). Correct the number in "
              "the care system.");
}

Fault RowFormFault(const CsvPlace& place, RowTrouble trouble) {
  switch (trouble) {
    case RowTrouble::kFieldTooLong:
      return Make("source-field-too-long", place, "feltet er længere end tilladt. Forkort teksten i omsorgssystemet.",
                  "the field is longer than allowed. Shorten the text in the care system.");
    case RowTrouble::kRowTooLong:
      return Make("source-row-too-long", place, "rækken er længere end tilladt. Forkort teksterne i omsorgssystemet.",
                  "the row is longer than allowed. Shorten its texts in the care system.");
    case RowTrouble::kTooManyFields:
      return Make("source-fields", place, "rækken har flere felter end tilladt. Kontrollér anførselstegn og semikolon.",
                  "the row has more fields than allowed. Check its quotes and semicolons.");
    case RowTrouble::kTextAfterQuote:
      return Make("source-quote", place,
                  "der står tekst efter et afsluttende anførselstegn. Anførselstegn i en tekst skal skrives dobbelt.",
                  "there is text after a closing quote. Quotes inside a text must be doubled.");
    case RowTrouble::kHoldsRows:
      return Make("source-quote", place,
                  "et felt i anførselstegn indeholder hele rækker. Anførselstegn i en tekst skal skrives dobbelt.",
                  "a quoted field holds whole rows. Quotes inside a text must be doubled.");
    case RowTrouble::kEndsInQuote:
      return Make("source-truncated", place,
                  "filen slutter midt i et felt i anførselstegn. Filen er ufuldstændig; dan udtrækket igen.",
                  "the file ends inside a quoted field. The file is incomplete; make the extract again.");
    case RowTrouble::kEncoding:
    case RowTrouble::kNone:
      break;
  }
  return Make(
      "source-encoding", place,
      "feltet har tegn, som ikke findes i filens tegnsæt (UTF-8 eller Windows-1252). Ret teksten eller udtrækket.",
      "the field has characters that do not exist in the file's encoding (UTF-8 or Windows-1252). Correct the "
      "text or the extract.");
}

Fault FieldCountFault(const CsvPlace& place, std::size_t fields, std::size_t expected) {
  const std::string have = std::to_string(fields);
  const std::string want = std::to_string(expected);
  return Make("source-fields", place,
              "rækken har " + have + " felter, overskriften har " + want + ". Kontrollér anførselstegn og semikolon.",
              "the row has " + have + " fields, the header has " + want + ". Check its quotes and semicolons.");
}

Fault KeyMissingFault(const CsvPlace& place) {
  return Make("source-key-missing", place, "nøglen mangler, så rækken kan ikke placeres. Udfyld nøglen.",
              "the key is missing, so the row has no place. Fill in the key.");
}

Fault OrphanFault(const CsvPlace& place, std::string_view parent_file) {
  const std::string parent(parent_file);
  return Make(
      "source-orphan", place,
      "rækken henviser til et forløb, der ikke findes i " + parent + ". Ret henvisningen, eller tag forløbet med.",
      "the row refers to a course that is not in " + parent + ". Correct the reference or include the course.");
}

Fault TooManyChildrenFault(const CsvPlace& place, std::size_t limit) {
  const std::string count = std::to_string(limit);
  return Make("source-children", place, "forløbet har flere end " + count + " rækker i de øvrige filer.",
              "the course has more than " + count + " rows in the other files.");
}

Fault ColumnMissingFault(const CsvPlace& place) {
  return Make("source-column-missing", place, "kolonnen mangler i filens overskrift. Ret udtrækket eller opsætningen.",
              "the column is missing from the file's header. Correct the extract or the configuration.");
}

Fault ColumnTwiceFault(const CsvPlace& place) {
  return Make("source-column-twice", place, "kolonnen står to gange i filens overskrift. Ret udtrækket.",
              "the column stands twice in the file's header. Correct the extract.");
}

Fault FileEmptyFault(std::string_view file) {
  return Make("source-file-empty", {.file = file}, "filen er tom; overskriften mangler. Dan udtrækket igen.",
              "the file is empty; its header is missing. Make the extract again.");
}

Fault Utf16Fault(std::string_view file) {
  return Make("source-file-encoding", {.file = file}, "filen er i UTF-16. Gem den som UTF-8 eller Windows-1252.",
              "the file is in UTF-16. Save it as UTF-8 or Windows-1252.");
}

Fault FileTooLargeFault(std::string_view file) {
  return Make("source-file-too-large", {.file = file}, "filen er større end tilladt i opsætningen.",
              "the file is larger than the configuration allows.");
}

}  // namespace hjerte::source
