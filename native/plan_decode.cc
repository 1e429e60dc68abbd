#include "plan_decode.h"

namespace tsrun::plan {
namespace {

// numbers: one letter each, by the C type that the operation uses. f: 0 or 1; h: unsigned short; i: int; u: unsigned int; d: the id of a
// user or group, except (uid_t) -1, which means "leave as it is": the process would stay root (CVE-2026-46680); o: unsigned int, or -1 for
// none; l: 64 bits.
// texts: one letter each. s: text, b: bytes, l: list of texts.
struct Shape {
  Op op;
  char numbers[kMostNumbers + 1];
  char texts[kMostTexts + 1];
};

// The fields of each operation.
constexpr Shape kShapes[] = {
#include "protocol/shapes.inc"
};

const Shape* shape_of(uint32_t op) {
  for (const Shape& shape : kShapes) {
    if (static_cast<uint32_t>(shape.op) == op) return &shape;
  }
  return nullptr;
}

// Read byte by byte: the plan is little-endian and may be unaligned.
uint64_t read(const uint8_t* at, uint32_t bytes) {
  uint64_t value = 0;
  for (uint32_t i = 0; i < bytes; ++i) value |= uint64_t{at[i]} << (8 * i);
  return value;
}
uint32_t read32(const uint8_t* at) { return static_cast<uint32_t>(read(at, 4)); }

bool has_nul(const uint8_t* at, uint32_t size) {
  for (uint32_t i = 0; i < size; ++i) {
    if (at[i] == 0) return true;
  }
  return false;
}

bool is_between(int64_t value, int64_t least, int64_t most) { return value >= least && value <= most; }

// Whether the number fits the type of the field, so that the operation gets it unchanged.
bool fits(char kind, int64_t value) {
  switch (kind) {
    case 'f':
      return is_between(value, 0, 1);
    case 'h':
      return is_between(value, 0, UINT16_MAX);
    case 'i':
      return is_between(value, INT32_MIN, INT32_MAX);
    case 'u':
      return is_between(value, 0, UINT32_MAX);
    case 'd':
      return is_between(value, 0, int64_t{UINT32_MAX} - 1);
    case 'o':
      return is_between(value, -1, UINT32_MAX);
    case 'l':
      return true;
    default:
      return false;
  }
}

struct Arena {
  const uint8_t* plan;
  uint32_t start;
  uint32_t end;
};

Malformed check_text(const Arena& arena, const uint8_t* reference, char kind) {
  const uint32_t offset = read32(reference);
  const uint32_t length = read32(reference + 4);
  if (offset == 0 && length == 0) return Malformed::kNo;
  if (kind == '\0') return Malformed::kReserved;
  // `<`, since a NUL follows.
  if (offset < arena.start || offset >= arena.end || length >= arena.end - offset) return Malformed::kRange;
  const uint8_t* text = arena.plan + offset;
  if (text[length] != 0) return Malformed::kTerminator;
  if (kind == 's' && has_nul(text, length)) return Malformed::kNul;
  if (kind == 'l' && length > 0 && text[length - 1] != 0) return Malformed::kList;
  return Malformed::kNo;
}

Malformed check_numbers(const Shape& shape, const uint8_t* numbers) {
  bool listed = true;
  for (uint32_t i = 0; i < kMostNumbers; ++i) {
    listed = listed && shape.numbers[i] != '\0';
    const auto value = static_cast<int64_t>(read(numbers + 8 * i, 8));
    if (!listed && value != 0) return Malformed::kReserved;
    if (listed && !fits(shape.numbers[i], value)) return Malformed::kWidth;
  }
  return Malformed::kNo;
}

Malformed check_record(const Arena& arena, const uint8_t* record) {
  const Shape* shape = shape_of(static_cast<uint32_t>(read(record, 2)));
  if (shape == nullptr) return Malformed::kOperation;
  if (read(record + 2, 6) != 0) return Malformed::kReserved;
  const Malformed numbers = check_numbers(*shape, record + kNumbersOffset);
  if (numbers != Malformed::kNo) return numbers;
  bool listed = true;
  for (uint32_t i = 0; i < kMostTexts; ++i) {
    listed = listed && shape->texts[i] != '\0';
    const Malformed reason = check_text(arena, record + kTextsOffset + 8 * i, listed ? shape->texts[i] : '\0');
    if (reason != Malformed::kNo) return reason;
  }
  return Malformed::kNo;
}

}  // namespace

const char* word(Malformed reason) {
  switch (reason) {
    case Malformed::kNo:
      return "";
    case Malformed::kShort:
      return "short";
    case Malformed::kMagic:
      return "magic";
    case Malformed::kVersion:
      return "version";
    case Malformed::kSize:
      return "size";
    case Malformed::kCount:
      return "count";
    case Malformed::kOperation:
      return "operation";
    case Malformed::kReserved:
      return "reserved";
    case Malformed::kWidth:
      return "width";
    case Malformed::kRange:
      return "range";
    case Malformed::kTerminator:
      return "terminator";
    case Malformed::kNul:
      return "nul";
    case Malformed::kList:
      return "list";
  }
  return "";
}

uint32_t claimed_size(const uint8_t (&header)[kHeaderSize]) {
  const uint32_t size = read32(header + 8);
  if (read32(header) != kMagic || read32(header + 4) != kVersion || size < kHeaderSize || size > kMaxSize) return 0;
  return size;
}

Malformed Plan::decode(const uint8_t* bytes, uint64_t size) {
  bytes_ = nullptr;
  count_ = 0;
  refused_ = 0xffffffff;
  if (size < kHeaderSize) return Malformed::kShort;
  if (read32(bytes) != kMagic) return Malformed::kMagic;
  if (read32(bytes + 4) != kVersion) return Malformed::kVersion;
  if (size > kMaxSize || read32(bytes + 8) != size) return Malformed::kSize;
  const uint32_t count = read32(bytes + 12);
  // The limit on the count keeps the product below 2^23.
  if (count > kMaxOperations || kHeaderSize + count * kRecordSize > size) return Malformed::kCount;
  const Arena arena = {bytes, kHeaderSize + count * kRecordSize, static_cast<uint32_t>(size)};
  for (uint32_t i = 0; i < count; ++i) {
    const Malformed reason = check_record(arena, bytes + kHeaderSize + i * kRecordSize);
    if (reason == Malformed::kNo) continue;
    refused_ = i;
    return reason;
  }
  bytes_ = bytes;
  count_ = count;
  return Malformed::kNo;
}

Operation Plan::at(uint32_t index) const {
  const uint8_t* record = bytes_ + kHeaderSize + index * kRecordSize;
  Operation operation = {};
  operation.op = static_cast<Op>(read(record, 2));
  for (uint32_t i = 0; i < kMostNumbers; ++i) operation.numbers[i] = static_cast<int64_t>(read(record + kNumbersOffset + 8 * i, 8));
  for (uint32_t i = 0; i < kMostTexts; ++i) {
    const uint8_t* reference = record + kTextsOffset + 8 * i;
    const uint32_t offset = read32(reference);
    if (offset != 0) operation.texts[i] = {reinterpret_cast<const char*>(bytes_ + offset), read32(reference + 4)};
  }
  return operation;
}

bool Entries::next(Text& entry) {
  if (at_ == end_) return false;
  const char* start = at_;
  while (*at_ != '\0') ++at_;
  entry = {start, static_cast<uint32_t>(at_ - start)};
  ++at_;
  return true;
}

}  // namespace tsrun::plan
