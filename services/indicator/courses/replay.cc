#include "services/indicator/courses/replay.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/json/document.h"
#include "services/indicator/courses/resource_versions.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::indicator {
namespace {

constexpr std::size_t kSliceEntries = 256;
constexpr std::string_view kReferralType = "ServiceRequest";

// Where one entry of the log belongs.
struct EntryKey {
  std::uint32_t authority = 0;  // index of its name
  CitizenId citizen = 0;
  std::int64_t seq = 0;

  auto operator<=>(const EntryKey&) const = default;
};

// The citizen with the highest version of a referral.
struct Owner {
  ResourceRow version;  // without body
  std::string lookup;
  CitizenId citizen = 0;
};

absl::Status Unreadable(std::int64_t seq, std::string_view why) {
  return absl::DataLossError(absl::StrCat("log entry ", seq, " cannot be read: ", std::string(why)));
}

class Replay {
 public:
  Replay(StoreReader& store, const ReplayOptions& options) : store_(store), options_(options) {}

  absl::Status Scan();
  absl::Status Derive(const std::function<absl::Status(ReplayedCourse)>& take);

 private:
  using Resources = std::map<std::pair<std::string, std::string>, ResourceRow>;  // by type and id

  absl::Status TakeReferrals(const LoggedReport& entry, std::uint32_t authority);
  absl::Status Fold(const LoggedReport& entry, Resources& current);
  absl::Status DeriveCitizen(const EntryKey& of, const Resources& current,
                             const std::function<absl::Status(ReplayedCourse)>& take);
  absl::StatusOr<bool> Replaces(const ResourceRow& offered, const ResourceRow& current);
  absl::StatusOr<const SourceRow*> Source(SourceId source);
  absl::Status MayGoOn() const {
    return options_.stop && options_.stop() ? absl::CancelledError("the replay was stopped") : absl::OkStatus();
  }
  static std::string OwnerKey(std::uint32_t authority, std::string_view id) {
    return absl::StrCat(authority, "/", std::string(id));
  }

  StoreReader& store_;
  const ReplayOptions& options_;
  json::Arena arena_;
  std::vector<std::string> authorities_;
  std::vector<EntryKey> keys_;
  std::unordered_map<std::string, Owner> owners_;
  std::unordered_map<SourceId, SourceRow> sources_;
};

// Notes where every entry belongs and who owns each referral.
absl::Status Replay::Scan() {
  std::map<std::string, std::uint32_t> indices;
  std::int64_t after = 0;
  while (after < options_.up_to_seq) {
    HJERTE_RETURN_IF_ERROR(MayGoOn());
    absl::StatusOr<std::vector<LoggedReport>> slice = store_.LogAfter(after, kSliceEntries);
    if (!slice.ok()) return slice.status();
    if (slice->empty()) return absl::OkStatus();
    for (const LoggedReport& entry : *slice) {
      after = entry.commit_seq;
      if (after > options_.up_to_seq) break;
      const auto [index, added] = indices.emplace(entry.authority, authorities_.size());
      if (added) authorities_.push_back(entry.authority);
      keys_.push_back({index->second, entry.citizen, entry.commit_seq});
      HJERTE_RETURN_IF_ERROR(TakeReferrals(entry, index->second));
    }
  }
  return absl::OkStatus();
}

absl::Status Replay::TakeReferrals(const LoggedReport& entry, std::uint32_t authority) {
  arena_.Reset();
  const absl::StatusOr<json::Value> bundle = json::ParseInto(arena_, entry.content);
  if (!bundle.ok()) return Unreadable(entry.commit_seq, "no JSON");
  absl::StatusOr<std::vector<SourcedResource>> referrals = VersionsOf(*bundle, nullptr, kReferralType);
  if (!referrals.ok()) return Unreadable(entry.commit_seq, "a resource has no stamp");
  if (referrals->empty()) return absl::OkStatus();
  absl::StatusOr<CitizenRow> citizen = store_.Citizen(entry.citizen);
  if (!citizen.ok()) return citizen.status();
  for (SourcedResource& referral : *referrals) {
    Owner offered{.version = std::move(referral.row), .lookup = citizen->lookup, .citizen = entry.citizen};
    offered.version.body.clear();
    const auto rank = [](const Owner& owner) {
      return std::tie(owner.version.stamp, owner.version.entered_in_error, owner.version.sha, owner.lookup);
    };
    const auto [known, added] = owners_.try_emplace(OwnerKey(authority, offered.version.id), offered);
    if (!added && rank(known->second) < rank(offered)) known->second = std::move(offered);
  }
  return absl::OkStatus();
}

absl::Status Replay::Derive(const std::function<absl::Status(ReplayedCourse)>& take) {
  std::sort(keys_.begin(), keys_.end());
  for (std::size_t at = 0; at < keys_.size();) {
    HJERTE_RETURN_IF_ERROR(MayGoOn());
    const EntryKey first = keys_[at];
    Resources current;
    for (; at < keys_.size() && keys_[at].authority == first.authority && keys_[at].citizen == first.citizen; ++at) {
      absl::StatusOr<LoggedReport> entry = store_.LogAt(keys_[at].seq);
      if (!entry.ok()) return entry.status();
      HJERTE_RETURN_IF_ERROR(Fold(*entry, current));
    }
    HJERTE_RETURN_IF_ERROR(DeriveCitizen(first, current, take));
  }
  return absl::OkStatus();
}

absl::Status Replay::Fold(const LoggedReport& entry, Resources& current) {
  arena_.Reset();
  const absl::StatusOr<json::Value> bundle = json::ParseInto(arena_, entry.content);
  if (!bundle.ok()) return Unreadable(entry.commit_seq, "no JSON");
  absl::StatusOr<std::vector<SourcedResource>> versions = VersionsOf(*bundle, nullptr);
  if (!versions.ok()) return Unreadable(entry.commit_seq, "a resource has no stamp");
  for (SourcedResource& version : *versions) {
    version.row.source = entry.source;
    const auto [known, added] = current.try_emplace({version.row.type, version.row.id}, version.row);
    if (added) continue;
    absl::StatusOr<bool> replaces = Replaces(version.row, known->second);
    if (!replaces.ok()) return replaces.status();
    if (*replaces) known->second = std::move(version.row);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Replay::Replaces(const ResourceRow& offered, const ResourceRow& current) {
  if (IsLaterVersion(offered, current)) return true;
  if (IsLaterVersion(current, offered) || offered.source == current.source) return false;
  absl::StatusOr<const SourceRow*> left = Source(offered.source);
  if (!left.ok()) return left.status();
  absl::StatusOr<const SourceRow*> right = Source(current.source);
  if (!right.ok()) return right.status();
  return IsStrongerSource(**left, **right);
}

absl::Status Replay::DeriveCitizen(const EntryKey& of, const Resources& current,
                                   const std::function<absl::Status(ReplayedCourse)>& take) {
  arena_.Reset();
  std::vector<SourcedResource> resources;
  for (const auto& [name, row] : current) {
    if (row.type == kReferralType && owners_.at(OwnerKey(of.authority, row.id)).citizen != of.citizen) continue;
    absl::StatusOr<json::Value> value = json::ParseInto(arena_, row.body);
    if (!value.ok()) return absl::InternalError("a resource written from the log cannot be read");
    absl::StatusOr<const SourceRow*> source = Source(row.source);
    if (!source.ok()) return source.status();
    SourcedResource resource{.row = {}, .value = *value, .carries = &(*source)->carries};
    resource.row.type = row.type;
    resource.row.stamp = row.stamp;
    resources.push_back(std::move(resource));
  }
  absl::StatusOr<CitizenRow> citizen = store_.Citizen(of.citizen);
  if (!citizen.ok()) return citizen.status();
  const std::string& authority = authorities_[of.authority];
  for (DerivedCourse& course :
       DeriveCourses(options_.content, resources,
                     {.authority = authority, .surrogate = citizen->surrogate, .today = options_.today})) {
    HJERTE_RETURN_IF_ERROR(take({authority, of.citizen, std::move(course)}));
  }
  return absl::OkStatus();
}

absl::StatusOr<const SourceRow*> Replay::Source(SourceId source) {
  const auto found = sources_.find(source);
  if (found != sources_.end()) return &found->second;
  absl::StatusOr<SourceRow> row = store_.Source(source);
  if (!row.ok()) return row.status();
  return &sources_.emplace(source, *std::move(row)).first->second;
}

}  // namespace

absl::Status ReplayCourses(StoreReader& store, const ReplayOptions& options,
                           const std::function<absl::Status(ReplayedCourse)>& take) {
  Replay replay(store, options);
  HJERTE_RETURN_IF_ERROR(replay.Scan());
  return replay.Derive(take);
}

}  // namespace hjerte::indicator
