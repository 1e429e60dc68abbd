// Builds valid and invalid plans by hand.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "../../plan_format.h"

namespace tsrun::test {

struct Record {
  plan::Op op;
  std::vector<int64_t> numbers;
  std::vector<std::string> texts;
};

class PlanBytes {
 public:
  explicit PlanBytes(const std::vector<Record>& records) {
    const size_t arena = plan::kHeaderSize + plan::kRecordSize * records.size();
    bytes_.resize(arena);
    put32(0, plan::kMagic);
    put32(4, plan::kVersion);
    put32(12, static_cast<uint32_t>(records.size()));
    for (size_t i = 0; i < records.size(); ++i) {
      const size_t at = record(i);
      put32(at, static_cast<uint32_t>(records[i].op));
      for (size_t n = 0; n < records[i].numbers.size(); ++n) std::memcpy(&bytes_[at + 8 + 8 * n], &records[i].numbers[n], 8);
      for (size_t t = 0; t < records[i].texts.size(); ++t) {
        const std::string& text = records[i].texts[t];
        refer(i, t, static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size()));
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        bytes_.push_back(0);
      }
    }
    put32(8, static_cast<uint32_t>(bytes_.size()));
  }

  static size_t record(size_t index) { return plan::kHeaderSize + plan::kRecordSize * index; }
  PlanBytes& put32(size_t at, uint32_t value) {
    std::memcpy(&bytes_[at], &value, sizeof value);
    return *this;
  }
  PlanBytes& put8(size_t at, uint8_t value) {
    bytes_[at] = value;
    return *this;
  }
  // Sets where text `text` of record `index` claims to be.
  PlanBytes& refer(size_t index, size_t text, uint32_t offset, uint32_t length) {
    put32(record(index) + 72 + 8 * text, offset);
    return put32(record(index) + 76 + 8 * text, length);
  }
  // Truncates or extends the plan, and its size in the header.
  PlanBytes& resize(size_t size) {
    bytes_.resize(size);
    return put32(8, static_cast<uint32_t>(size));
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace tsrun::test
