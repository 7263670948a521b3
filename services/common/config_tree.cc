#include "services/common/config_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace hjerte::common::config_tree {
namespace {

// Ends the parse from inside a handler; caught in Build.
struct Refusal {
  int line;
  std::string text;
};

// Builds the tree from the parser's events, so that limits hold before anything is kept.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const ConfigLimits& limits) : limits_(limits) {}

  std::unique_ptr<Node> TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Leaf(mark, anchor, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { RefuseAnchor(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                const std::string& value) override {
    Leaf(mark, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(mark, anchor, Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(mark, anchor, Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }
  void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override { RefuseAnchor(mark); }

 private:
  struct Level {
    Node* node;
    bool has_key = false;
    std::string key;
    int key_line = 0;
  };

  static int LineOf(const YAML::Mark& mark) { return mark.line + 1; }

  [[noreturn]] static void RefuseAnchor(const YAML::Mark& mark) {
    throw Refusal{LineOf(mark), "anchors and aliases (& and *) are not used in configuration; write the value again"};
  }

  void Leaf(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& value) {
    if (!open_.empty() && open_.back().node->kind == Kind::kMap && !open_.back().has_key) {
      TakeKey(mark, value);
      return;
    }
    Add(mark, anchor, Kind::kScalar)->scalar = value;
  }

  void TakeKey(const YAML::Mark& mark, const std::string& key) {
    Level& level = open_.back();
    for (const auto& [name, child] : level.node->members) {
      if (name == key) throw Refusal{LineOf(mark), "key '" + key + "' stands here a second time"};
    }
    level.has_key = true;
    level.key = key;
    level.key_line = LineOf(mark);
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, Kind kind) {
    if (!open_.empty() && open_.back().node->kind == Kind::kMap && !open_.back().has_key) {
      throw Refusal{LineOf(mark), "a key must be a plain text"};
    }
    Node* node = Add(mark, anchor, kind);
    if (static_cast<int>(open_.size()) >= limits_.depth_max) {
      throw Refusal{LineOf(mark), "nested deeper than " + std::to_string(limits_.depth_max) + " levels"};
    }
    open_.push_back({.node = node, .has_key = false, .key = "", .key_line = 0});
  }

  Node* Add(const YAML::Mark& mark, YAML::anchor_t anchor, Kind kind) {
    if (anchor != 0) RefuseAnchor(mark);
    if (++nodes_ > limits_.nodes_max) {
      throw Refusal{LineOf(mark), "more than " + std::to_string(limits_.nodes_max) + " values"};
    }
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->line = node->key_line = LineOf(mark);
    Node* added = node.get();
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Level& level = open_.back(); level.node->kind == Kind::kList) {
      level.node->items.push_back(std::move(node));
    } else {
      node->key_line = level.key_line;
      level.node->members.emplace_back(std::move(level.key), std::move(node));
      level.has_key = false;
    }
    return added;
  }

  const ConfigLimits& limits_;
  std::unique_ptr<Node> root_;
  std::vector<Level> open_;
  int nodes_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Node>> Build(std::string_view text, const std::filesystem::path& file,
                                            const ConfigLimits& limits) {
  const auto refuse = [&](int line, const std::string& what) {
    return absl::InvalidArgumentError(file.string() + ":" + std::to_string(line) + ": " + what);
  };
  if (text.size() > limits.bytes_max) {
    return refuse(1, "larger than " + std::to_string(limits.bytes_max) + " bytes");
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(limits);
    parser.HandleNextDocument(builder);
    std::unique_ptr<Node> root = builder.TakeRoot();
    if (root == nullptr || root->kind != Kind::kMap) return refuse(1, "a mapping (key: value) was expected");
    TreeBuilder further(limits);
    if (parser.HandleNextDocument(further)) return refuse(1, "one document was expected, there are several");
    return root;
  } catch (const Refusal& refusal) {
    return refuse(refusal.line, refusal.text);
  } catch (const YAML::Exception& error) {
    return refuse(error.mark.is_null() ? 1 : error.mark.line + 1,
                  error.msg +
                      ": YAML was expected; look at indentation (blanks, no tabs), quotes and brackets in this "
                      "line and the ones above");
  }
}

}  // namespace hjerte::common::config_tree
