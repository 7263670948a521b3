#include "adapters/reports/resource_text.h"

#include <algorithm>
#include <string>

#include "absl/container/inlined_vector.h"
#include "mapping/json/write.h"

namespace hjerte::adapters {
namespace {

constexpr std::string_view kMeta = "meta";
constexpr std::string_view kStamp = "lastUpdated";
// Writes an object's members in canonical order.
class Writer {
 public:
  Writer(json::Arena& arena, std::string& scratch) : arena_(arena), out_(scratch) { out_.clear(); }

  ResourceText Write(const json::Value& resource) {
    const json::Value* meta = resource.Find(kMeta);
    const bool stamp_alone = meta != nullptr && meta->Find(kStamp) != nullptr && meta->size() == 1;
    const bool has_meta = meta != nullptr && !stamp_alone;
    if (has_meta) {
      WriteObject(resource, {}, [this](const json::Member& member) {
        member.name == kMeta ? WriteMeta(member.value) : json::AppendCanonical(member.value, out_);
      });
    } else {
      WriteObject(resource, kMeta, [this](const json::Member& member) { json::AppendCanonical(member.value, out_); });
      SetSurroundings(R"("meta":{"lastUpdated":")", R"(,"meta":{"lastUpdated":")", R"("})", R"("},)");
    }
    written_.text = arena_.CopyText(out_);
    return written_;
  }

 private:
  // Writes all members but `without`, whose place is noted.
  template <typename WriteValue>
  void WriteObject(const json::Value& object, std::string_view without, const WriteValue& write_value) {
    absl::InlinedVector<const json::Member*, 24> members;
    for (const json::Member& member : object.members()) {
      if (without.empty() || member.name != without) members.push_back(&member);
    }
    std::sort(members.begin(), members.end(),
              [](const json::Member* left, const json::Member* right) { return left->name < right->name; });
    out_ += '{';
    bool noted = without.empty();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out_ += ',';
      if (!noted && members[i]->name > without) {
        noted = true;
        NoteGap(/*first=*/true, /*last=*/false);
      }
      json::AppendQuoted(members[i]->name, out_);
      out_ += ':';
      write_value(*members[i]);
    }
    if (!noted) NoteGap(members.empty(), /*last=*/true);
    out_ += '}';
  }

  void WriteMeta(const json::Value& meta) {
    if (!meta.is_object()) {
      written_.at = out_.size();
      json::AppendCanonical(meta, out_);
      written_.replaced = out_.size() - written_.at;
      written_.before = R"({"lastUpdated":")";
      written_.after = R"("})";
      return;
    }
    // Nothing in it is called meta, so that what is noted here stays.
    WriteObject(meta, kStamp, [this](const json::Member& member) { json::AppendCanonical(member.value, out_); });
    SetSurroundings(R"("lastUpdated":")", R"(,"lastUpdated":")", R"(")", R"(",)");
  }

  void NoteGap(bool first, bool last) {
    written_.at = out_.size();
    gap_first_ = first;
    gap_last_ = last;
  }

  // The texts must be literals.
  void SetSurroundings(std::string_view before, std::string_view before_later, std::string_view after,
                       std::string_view after_earlier) {
    written_.before = gap_first_ ? before : before_later;
    written_.after = gap_last_ ? after : after_earlier;
  }

  json::Arena& arena_;
  std::string& out_;
  ResourceText written_;
  // Whether a comma stands before the gap or none is needed there, and whether nothing follows it.
  bool gap_first_ = true;
  bool gap_last_ = true;
};

}  // namespace

ResourceText WriteResource(const json::Value& resource, json::Arena& arena) {
  std::string scratch;
  return WriteResource(resource, arena, scratch);
}

ResourceText WriteResource(const json::Value& resource, json::Arena& arena, std::string& scratch) {
  return Writer(arena, scratch).Write(resource);
}

void AppendStamped(const ResourceText& resource, std::string_view instant, std::string& out) {
  out += resource.text.substr(0, resource.at);
  out += resource.before;
  out += instant;
  out += resource.after;
  out += resource.text.substr(resource.at + resource.replaced);
}

}  // namespace hjerte::adapters
