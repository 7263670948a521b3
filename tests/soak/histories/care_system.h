#pragma once

#include <string>
#include <vector>

#include "services/common/clock.h"
#include "tests/soak/histories/care_records.h"
#include "tests/soak/histories/story.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {

// The care system of one municipality: what it knows of its courses, and the folder in which it lays it down.
class CareSystem {
 public:
  // Both must outlive it. It lays down in `folder`/drop.
  CareSystem(const tests::TemporaryFolder& folder, const Circumstances& given, const common::ManualClock& clock);

  // What happens to it (kEdit, kTell, kExtract, kLate, kRemove); each at a time of its own.
  void Edit(const Event& event);
  void Tell(const Event& event);
  void Extract(const Event& event);
  void Late(const Event& event);
  void Remove();
  // Half an extract. True: the whole one follows, which WholeAfterHalf lays down.
  bool Half(const Event& event);
  void WholeAfterHalf();
  // Tells all that holds, of every course, and removes what never became whole. After this nothing new is told.
  void Final();
  bool final() const { return final_; }

  const std::vector<CareCourse>& courses() const { return courses_; }
  // Takes over what another one knows, to tell the same in the end.
  void Know(const std::vector<CareCourse>& courses) { courses_ = courses; }

 private:
  // An extract as it was laid down, to be given again.
  struct Given {
    std::string name;
    std::string json;
    CsvExtract csv;
    common::Instant at;
  };
  std::int64_t Seconds() const { return clock_.Now().time_since_epoch().count() / 1'000'000; }
  void Put(const std::string& name, const std::string& text, common::Instant at);
  void PutCsv(const Given& extract);
  void Drop(const Given& extract);
  Given Make(bool complete, const Selection& selection);
  // The delivery report (bit 0), the second Bundle (bit 1).
  void Report(int index, unsigned which);
  std::string NextName(const char* prefix, const char* suffix);

  const tests::TemporaryFolder& folder_;
  const Circumstances given_;
  const common::ManualClock& clock_;
  std::vector<CareCourse> courses_;
  std::vector<Given> extracts_;
  std::vector<std::string> reports_;
  std::vector<std::string> halves_;  // names of what never became whole
  Given whole_;
  int serial_ = 0;
  bool final_ = false;
};

}  // namespace hjerte::soak
