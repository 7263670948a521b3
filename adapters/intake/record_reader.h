#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/reports/carries.h"
#include "adapters/reports/course_plan.h"
#include "adapters/reports/mapper.h"
#include "adapters/reports/resource_versions.h"
#include "adapters/state/state_file.h"
#include "mapping/json/arena.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/finding.h"
#include "services/common/clock.h"

namespace hjerte::adapters {

// What a record says by itself, whatever was sent of it before.
struct Reading {
  // With an error among them the rest is not there.
  std::vector<registry::Finding> findings;
  std::vector<ResourceVersion> versions;
  registry::Assembly assembly;
  // The courses of `assembly`.
  std::vector<JudgedCourse> courses;
  // Where the resources live; and what plans and reports are made of.
  json::Arena arena{64 * 1024};
};

// What records are read by; all of it must outlive the reader and does not change.
struct RecordReaderParts {
  const std::string& authority;
  const Carries& carries;
  // Null for a source of delivery reports.
  const Mapper* mapper;
  // SOR ids of municipalities and their codes.
  const std::map<std::string, std::string>& municipality_of_sor;
  const registry::Content& content;
  // For its keys alone: nothing is read from the file.
  const StateFile& state;
  const common::Clock& clock;
};

// Reads records: everything that can be worked out without the state file. May be used from several threads.
class RecordReader {
 public:
  explicit RecordReader(const RecordReaderParts& parts) : parts_(parts) {}

  // Maps, identifies and checks a record and judges its courses. What `reading` held before is forgotten.
  void Read(std::string_view json, Reading& reading) const;
  // The same for resources that are checked already and live in the reading's arena.
  void Assemble(const json::Value& bundle, Reading& reading) const;

 private:
  json::Value MakeBundle(const json::Value& record, Reading& reading) const;
  // The Bundle's versions and courses.
  void Sort(const json::Value& bundle, Reading& reading) const;
  void Check(const json::Value& bundle, Reading& reading) const;
  void JudgeCourses(Reading& reading) const;
  JudgedCourse Judge(const registry::AssembledCourse& course) const;

  RecordReaderParts parts_;
};

}  // namespace hjerte::adapters
