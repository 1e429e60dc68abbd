#include "plan_decode.h"

namespace tsrun::plan {
namespace {

constexpr uint32_t kNumbersOffset = 8;
constexpr uint32_t kTextsOffset = 72;
constexpr uint32_t kNumbers = 8;
constexpr uint32_t kTexts = 4;

// s: text, b: bytes, l: list of texts.
struct Shape {
  Op op;
  uint8_t numbers;
  char texts[kTexts + 1];
};

// What each operation carries: `numbers` and `texts` of src/plan/operations.ts.
constexpr Shape kShapes[] = {
    {Op::kUnshare, 1, ""},
    {Op::kJoinNamespace, 2, "s"},
    {Op::kJoinProcess, 2, ""},
    {Op::kBecomeRoot, 0, ""},
    {Op::kRespawn, 1, ""},
    {Op::kTimeOffsets, 0, "s"},
    {Op::kSync, 1, ""},
    {Op::kNewSession, 0, ""},
    {Op::kHostname, 0, "s"},
    {Op::kDomainname, 0, "s"},
    {Op::kLoopbackUp, 0, ""},
    {Op::kSysctl, 0, "ss"},
    {Op::kOomScoreAdj, 1, ""},
    {Op::kRlimit, 4, "s"},
    {Op::kKeyring, 0, "ss"},
    {Op::kPersonality, 1, ""},
    {Op::kScheduler, 7, ""},
    {Op::kIoPriority, 1, ""},
    {Op::kMemoryPolicy, 2, "b"},
    {Op::kCpuAffinity, 0, "b"},
    {Op::kParentDeathSignal, 1, ""},
    {Op::kNextPlan, 1, ""},
    {Op::kJanitor, 0, "sl"},
    {Op::kRootPropagation, 1, ""},
    {Op::kRootfs, 2, "s"},
    {Op::kOverlay, 3, "lsss"},
    {Op::kMount, 8, "sssl"},
    {Op::kPropagation, 1, "s"},
    {Op::kDevice, 7, "s"},
    {Op::kSymlink, 0, "sss"},
    {Op::kPivotRoot, 0, ""},
    {Op::kMoveRoot, 0, ""},
    {Op::kChangeRoot, 0, "s"},
    {Op::kRootAttributes, 2, ""},
    {Op::kMask, 0, "ss"},
    {Op::kReadonlyPath, 0, "s"},
    {Op::kTerminal, 7, ""},
    {Op::kWorkingDirectory, 0, "s"},
    {Op::kFindExecutable, 2, "ss"},
    {Op::kReady, 1, ""},
    {Op::kHook, 3, "slls"},
    {Op::kBoundingSet, 1, ""},
    {Op::kUser, 4, "b"},
    {Op::kCapabilities, 4, ""},
    {Op::kNoNewPrivileges, 0, ""},
    {Op::kSeccomp, 2, "b"},
    {Op::kSecurityAttribute, 0, "ss"},
    {Op::kStandardStreams, 1, ""},
    {Op::kExecute, 1, "ll"},
};

const Shape* shape_of(uint32_t op) {
  for (const Shape& shape : kShapes) {
    if (static_cast<uint32_t>(shape.op) == op) return &shape;
  }
  return nullptr;
}

// Byte by byte: the plan is little-endian and may be unaligned.
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

Malformed check_record(const Arena& arena, const uint8_t* record) {
  const Shape* shape = shape_of(static_cast<uint32_t>(read(record, 2)));
  if (shape == nullptr) return Malformed::kOperation;
  if (read(record + 2, 6) != 0) return Malformed::kReserved;
  for (uint32_t i = shape->numbers; i < kNumbers; ++i) {
    if (read(record + kNumbersOffset + 8 * i, 8) != 0) return Malformed::kReserved;
  }
  bool listed = true;
  for (uint32_t i = 0; i < kTexts; ++i) {
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
  // The bound on the count keeps the product below 2^23.
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
  for (uint32_t i = 0; i < kNumbers; ++i) operation.numbers[i] = static_cast<int64_t>(read(record + kNumbersOffset + 8 * i, 8));
  for (uint32_t i = 0; i < kTexts; ++i) {
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
