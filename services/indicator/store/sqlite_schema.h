#pragma once

#include <array>
#include <string_view>

namespace hjerte::indicator {

// Pages of log after which it is written back beside the writer (common::Database::CheckpointBeside): 16 MiB rather
// than SQLite's 4. With many reports a commit the same pages are written again and again, and a checkpoint writes each
// of them once.
inline constexpr int kLogPages = 4096;

// The schema, step by step: entry n brings a file from version n to n+1. What each table promises stands in
// services/README.md. The authority and the citizen lead the keys of everything that belongs to a citizen, so that the
// tables can be distributed by them.
inline constexpr std::array<std::string_view, 3> kSchemaSteps = {R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE source(
  id INTEGER PRIMARY KEY,
  authority TEXT NOT NULL, name TEXT NOT NULL, software TEXT NOT NULL, carries TEXT NOT NULL,
  UNIQUE(authority, name, software, carries));

CREATE TABLE citizen(id INTEGER PRIMARY KEY, surrogate TEXT NOT NULL UNIQUE, lookup BLOB NOT NULL UNIQUE);
CREATE TABLE vault(citizen INTEGER PRIMARY KEY REFERENCES citizen(id), sealed BLOB NOT NULL);

CREATE TABLE log(
  commit_seq INTEGER PRIMARY KEY,
  authority TEXT NOT NULL, citizen INTEGER NOT NULL, source INTEGER NOT NULL,
  delivery_mac BLOB NOT NULL, content_mac BLOB NOT NULL,
  received_at INTEGER NOT NULL, committed_at INTEGER NOT NULL,
  content BLOB NOT NULL, chain BLOB NOT NULL);
CREATE UNIQUE INDEX log_delivery ON log(authority, delivery_mac);

CREATE TABLE bundle(
  authority TEXT NOT NULL, profile TEXT NOT NULL, bundle_id TEXT NOT NULL, commit_seq INTEGER NOT NULL,
  PRIMARY KEY(authority, profile, bundle_id)) WITHOUT ROWID;

CREATE TABLE resource(
  authority TEXT NOT NULL, citizen INTEGER NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
  stamp INTEGER NOT NULL, entered_in_error INTEGER NOT NULL, sha BLOB NOT NULL, source INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY(authority, citizen, type, id)) WITHOUT ROWID;

CREATE TABLE referral(
  authority TEXT NOT NULL, id TEXT NOT NULL, citizen INTEGER NOT NULL,
  stamp INTEGER NOT NULL, entered_in_error INTEGER NOT NULL, sha BLOB NOT NULL, lookup BLOB NOT NULL,
  PRIMARY KEY(authority, id)) WITHOUT ROWID;

CREATE TABLE course(
  authority TEXT NOT NULL, citizen INTEGER NOT NULL, course_key TEXT NOT NULL,
  commit_seq INTEGER NOT NULL, open INTEGER NOT NULL, exported INTEGER NOT NULL, record BLOB NOT NULL,
  newest_event TEXT NOT NULL,
  PRIMARY KEY(authority, citizen, course_key)) WITHOUT ROWID;
CREATE INDEX course_by_key ON course(authority, course_key);
CREATE INDEX course_open ON course(authority, citizen) WHERE open = 1;

CREATE TABLE change(
  change_seq INTEGER PRIMARY KEY,
  commit_seq INTEGER NOT NULL, committed_at INTEGER NOT NULL, kind INTEGER NOT NULL,
  authority TEXT NOT NULL, course_key TEXT NOT NULL, citizen INTEGER NOT NULL, record BLOB NOT NULL);

CREATE TABLE delivery(
  authority TEXT PRIMARY KEY, last_delivery INTEGER NOT NULL, reports INTEGER NOT NULL, refused INTEGER NOT NULL)
  WITHOUT ROWID;

CREATE TABLE audit(
  audit_seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL, reason TEXT NOT NULL,
  chain BLOB NOT NULL);

CREATE TABLE snapshot(id INTEGER PRIMARY KEY, computed_at INTEGER NOT NULL, body BLOB NOT NULL);
)sql",
                                                                 R"sql(
CREATE TABLE epoch(
  id INTEGER PRIMARY KEY,
  from_seq INTEGER NOT NULL, at INTEGER NOT NULL, content TEXT NOT NULL, engine TEXT NOT NULL, today TEXT NOT NULL);
)sql",
                                                                 R"sql(
CREATE TABLE data_key(
  purpose TEXT NOT NULL, id INTEGER NOT NULL, wrapping TEXT NOT NULL, wrapped BLOB NOT NULL,
  PRIMARY KEY(purpose, id, wrapping)) WITHOUT ROWID;
ALTER TABLE vault ADD COLUMN key INTEGER NOT NULL DEFAULT 1;
)sql"};

}  // namespace hjerte::indicator
