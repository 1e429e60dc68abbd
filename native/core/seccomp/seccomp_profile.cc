#include "seccomp_profile.h"

namespace tsrun::seccomp {
namespace {

class Reader {
 public:
  Reader(const uint8_t* bytes, size_t size) : at_(bytes), end_(bytes + size) {}

  bool u32(uint32_t& into) {
    uint64_t value;
    if (!number(4, value)) return false;
    into = static_cast<uint32_t>(value);
    return true;
  }
  bool u64(uint64_t& into) { return number(8, into); }
  bool text(size_t length, std::string& into) {
    if (static_cast<size_t>(end_ - at_) < length) return false;
    into.assign(reinterpret_cast<const char*>(at_), length);
    at_ += length;
    return true;
  }
  bool at_end() const { return at_ == end_; }

 private:
  bool number(size_t size, uint64_t& into) {
    if (static_cast<size_t>(end_ - at_) < size) return false;
    into = 0;
    for (size_t i = 0; i < size; ++i) into |= static_cast<uint64_t>(at_[i]) << (8 * i);
    at_ += size;
    return true;
  }

  const uint8_t* at_;
  const uint8_t* end_;
};

bool decode_rule(Reader& reader, Rule& rule) {
  uint32_t conditions;
  if (!reader.u32(rule.action) || !reader.u32(conditions) || conditions > kMaxConditions) return false;
  rule.conditions.resize(conditions);
  for (Condition& c : rule.conditions) {
    if (!reader.u32(c.argument) || !reader.u32(c.compare) || !reader.u64(c.value) || !reader.u64(c.second)) return false;
    if (c.argument >= kMaxConditions) return false;
  }
  uint32_t length;
  if (!reader.u32(length) || length == 0 || length > kMaxName || !reader.text(length, rule.name)) return false;
  return rule.name.find('\0') == std::string::npos;
}

}  // namespace

bool decode(const uint8_t* bytes, size_t size, Profile& profile) {
  Reader reader(bytes, size);
  uint32_t magic, version, architectures, rules;
  if (!reader.u32(magic) || magic != kMagic || !reader.u32(version) || version != kVersion) return false;
  if (!reader.u32(profile.default_action) || !reader.u32(architectures) || architectures > kMaxArchitectures) return false;
  profile.architectures.resize(architectures);
  for (uint32_t& architecture : profile.architectures) {
    if (!reader.u32(architecture)) return false;
  }
  constexpr uint32_t kKnown = kThreadSync | kLog | kSpeculationAllowed | kBinaryTree;
  if (!reader.u32(profile.options) || (profile.options & ~kKnown) != 0) return false;
  if (!reader.u32(rules) || rules > kMaxRules) return false;
  for (uint32_t i = 0; i < rules; ++i) {
    Rule rule;
    if (!decode_rule(reader, rule)) return false;
    profile.rules.push_back(std::move(rule));
  }
  return reader.at_end();
}

}  // namespace tsrun::seccomp
