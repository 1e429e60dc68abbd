// Reads a plan (plan_format.h) without trusting it. Everything is checked before the first operation is read, so that operations need no
// checks of their own. No heap, no C library: it is compiled into tsrun-init, and hosted for its unit tests and the fuzz target.
#pragma once
#include <cstdint>

#include "plan_format.h"

namespace tsrun::plan {

// Always followed by a NUL. Only texts that are bytes or lists may contain one.
struct Text {
  const char* data = "";
  uint32_t size = 0;
  bool empty() const { return size == 0; }
};

struct Operation {
  Op op;
  int64_t numbers[kMostNumbers];
  Text texts[kMostTexts];
};

// Why a plan was rejected, in the order of the checks.
enum class Malformed : uint8_t {
  kNo,
  kShort,
  kMagic,
  kVersion,
  kSize,
  kCount,
  kOperation,
  kReserved,
  kWidth,
  kRange,
  kTerminator,
  kNul,
  kList
};

// Returns one word for the report.
const char* word(Malformed reason);

class Plan {
 public:
  // `bytes` must stay valid as long as the plan is used. On failure `refused_record()` is the index of the invalid record.
  Malformed decode(const uint8_t* bytes, uint64_t size);
  uint32_t count() const { return count_; }
  uint32_t refused_record() const { return refused_; }
  // `index` must be less than count().
  Operation at(uint32_t index) const;

 private:
  const uint8_t* bytes_ = nullptr;
  uint32_t count_ = 0;
  uint32_t refused_ = 0xffffffff;
};

// Returns the size that a header claims for its plan, so that the caller can allocate it; 0 if magic, version or size are invalid.
uint32_t claimed_size(const uint8_t (&header)[kHeaderSize]);

// Iterates over the entries of a list, each of which is followed by a NUL.
class Entries {
 public:
  explicit Entries(const Text& list) : at_(list.data), end_(list.data + list.size) {}
  // Returns false at the end.
  bool next(Text& entry);

 private:
  const char* at_;
  const char* end_;
};

}  // namespace tsrun::plan
