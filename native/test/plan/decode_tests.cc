// Which plans the decoder accepts and rejects.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "../../plan_decode.h"
#include "plan_bytes.h"

namespace tsrun::test {
namespace {

using plan::Malformed;
using plan::Op;
using plan::Operation;
using plan::Plan;
using plan::Text;

int passed = 0;
int failed = 0;

void check(bool good, const char* name) {
  ++(good ? passed : failed);
  if (!good) std::printf("FAILED: %s\n", name);
}

std::string string_of(const Text& text) { return std::string(text.data, text.size); }

// Decodes a copy of exactly that size, so that a sanitizer detects reads beyond it.
Malformed decode(const std::vector<uint8_t>& bytes, size_t size) {
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);
  std::memcpy(copy.get(), bytes.data(), size);
  Plan plan;
  return plan.decode(copy.get(), size);
}
Malformed decode(const PlanBytes& plan) { return decode(plan.bytes(), plan.size()); }

PlanBytes hostname() { return PlanBytes({{Op::kHostname, {}, {"web"}}}); }

void reads_what_was_written() {
  const PlanBytes bytes({{Op::kNewSession, {0}, {}},
                         {Op::kRlimit, {7, -1, INT64_MAX}, {"RLIMIT_NOFILE"}},
                         {Op::kExecute, {3}, {std::string("sh\0-c\0\0", 7), ""}},
                         {Op::kSeccomp, {0, 0}, {std::string("\0\1\0\2", 4)}}});
  Plan plan;
  check(plan.decode(bytes.bytes().data(), bytes.size()) == Malformed::kNo, "a valid plan is accepted");
  check(plan.count() == 4, "the plan has one operation");
  const Operation rlimit = plan.at(1);
  check(rlimit.op == Op::kRlimit && rlimit.numbers[0] == 7 && rlimit.numbers[1] == -1 && rlimit.numbers[2] == INT64_MAX,
        "numbers are signed 64 bit");
  check(string_of(rlimit.texts[0]) == "RLIMIT_NOFILE" && rlimit.texts[0].data[13] == '\0', "a text is read with the NUL after it");
  check(rlimit.texts[1].empty() && *rlimit.texts[1].data == '\0', "an absent text is empty, and not null");
  check(string_of(plan.at(3).texts[0]) == std::string("\0\1\0\2", 4), "bytes may contain NULs");
  plan::Entries entries(plan.at(2).texts[0]);
  Text entry;
  check(entries.next(entry) && string_of(entry) == "sh" && entries.next(entry) && string_of(entry) == "-c",
        "the entries of a list are read");
  check(entries.next(entry) && entry.empty() && !entries.next(entry), "an empty entry and the end of a list are read");
  plan::Entries none(plan.at(2).texts[1]);
  check(!none.next(entry), "an empty list has no entries");
  check(decode(PlanBytes({})) == Malformed::kNo, "a plan may have no operations");
}

void refuses_headers() {
  check(decode(hostname().bytes(), plan::kHeaderSize - 1) == Malformed::kShort, "a plan shorter than a header is rejected");
  check(decode(hostname().put32(0, 0x4e414c51)) == Malformed::kMagic, "another magic is rejected");
  check(decode(hostname().put32(4, 2)) == Malformed::kVersion, "another version is rejected");
  check(decode(hostname().put32(8, 1000)) == Malformed::kSize, "a wrong size is rejected");
  check(decode(hostname().put32(12, 3)) == Malformed::kCount, "more records than bytes are rejected");
  check(decode(hostname().put32(12, 0xffffffff)) == Malformed::kCount, "a count whose product would overflow is rejected");
}

void refuses_records() {
  const size_t record = PlanBytes::record(0);
  check(decode(hostname().put32(record, 9999)) == Malformed::kOperation, "an unknown operation is rejected");
  check(decode(hostname().put8(record + 2, 1)) == Malformed::kReserved, "reserved bytes after the operation must be zero");
  check(decode(hostname().put32(record + 4, 1)) == Malformed::kReserved, "the reserved word must be zero");
  check(decode(hostname().put8(record + 8, 1)) == Malformed::kReserved, "a number that the operation does not have must be zero");
  check(decode(hostname().refer(0, 1, static_cast<uint32_t>(record + 104), 3)) == Malformed::kReserved,
        "a text that the operation does not have");
  PlanBytes second({{Op::kNewSession, {0}, {}}, {Op::kHostname, {}, {"x"}}});
  second.put32(PlanBytes::record(1), 1000);
  Plan plan;
  check(plan.decode(second.bytes().data(), second.size()) == Malformed::kOperation && plan.refused_record() == 1,
        "names the record at fault");
  check(plan.count() == 0, "a rejected plan has no operations");
}

// An operation, the index of one of its numbers, and the minimum and maximum of its C type.
struct Width {
  Op op;
  size_t number;
  int64_t least, most;
};

constexpr int64_t kInt = INT32_MAX, kUnsigned = UINT32_MAX, kShort = UINT16_MAX;
constexpr Width kWidths[] = {
    {Op::kUnshare, 0, -kInt - 1, kInt},
    {Op::kJoinNamespace, 0, -kInt - 1, kInt},
    {Op::kJoinProcess, 0, -kInt - 1, kInt},
    {Op::kSync, 0, -kInt - 1, kInt},
    {Op::kOomScoreAdj, 0, -kInt - 1, kInt},
    {Op::kRlimit, 0, 0, kUnsigned},
    {Op::kRlimit, 3, 0, 1},
    {Op::kPersonality, 0, 0, kUnsigned},
    {Op::kScheduler, 0, 0, kUnsigned},
    {Op::kScheduler, 1, -kInt - 1, kInt},
    {Op::kScheduler, 2, 0, kUnsigned},
    {Op::kIoPriority, 0, -kInt - 1, kInt},
    {Op::kMemoryPolicy, 0, -kInt - 1, kInt},
    {Op::kParentDeathSignal, 0, -kInt - 1, kInt},
    {Op::kNextPlan, 0, 0, kUnsigned},
    {Op::kRootfs, 0, -kInt - 1, kInt},
    {Op::kRootfs, 1, 0, 1},
    {Op::kOverlay, 0, 0, 1},
    {Op::kMount, 0, 0, kUnsigned},
    {Op::kMount, 7, -kInt - 1, kInt},
    {Op::kDevice, 0, 0, kShort},
    {Op::kDevice, 1, 0, kUnsigned},
    {Op::kDevice, 2, 0, kUnsigned},
    {Op::kDevice, 3, 0, kUnsigned - 1},
    {Op::kDevice, 4, 0, kUnsigned - 1},
    {Op::kDevice, 5, 0, 1},
    {Op::kTerminal, 0, -kInt - 1, kInt},
    {Op::kTerminal, 1, 0, kShort},
    {Op::kTerminal, 2, 0, kShort},
    {Op::kTerminal, 4, 0, kUnsigned - 1},
    {Op::kTerminal, 5, -1, kUnsigned},
    {Op::kFindExecutable, 1, 0, kUnsigned - 1},
    {Op::kReady, 0, -kInt - 1, kInt},
    {Op::kHook, 0, 0, kUnsigned},
    {Op::kUser, 0, 0, kUnsigned - 1},
    {Op::kUser, 1, 0, kUnsigned - 1},
    {Op::kUser, 2, -1, kUnsigned},
    {Op::kSeccomp, 1, 0, 1},
    {Op::kStandardStreams, 0, 0, kUnsigned - 1},
    {Op::kExecute, 0, 0, kUnsigned},
};

Malformed with_number(const Width& width, int64_t value) {
  std::vector<int64_t> numbers(width.number + 1, 0);
  numbers[width.number] = value;
  return decode(PlanBytes({{width.op, numbers, {}}}));
}

// A uid of 2^32 would become root, and 65536 rows would become 0.
void refuses_what_would_be_cut() {
  for (const Width& width : kWidths) {
    const std::string name = "operation " + std::to_string(static_cast<int>(width.op)) + ", number " + std::to_string(width.number);
    for (const int64_t good : {width.least, width.most})
      check(with_number(width, good) == Malformed::kNo, (name + ": what fits is taken").c_str());
    for (const int64_t wide : {width.least - 1, width.most + 1, int64_t{1} << 32, int64_t{1} << 40, INT64_MIN, INT64_MAX})
      check(with_number(width, wide) == Malformed::kWidth, (name + ": what does not fit is refused").c_str());
  }
  for (const int64_t any : {INT64_MIN, INT64_MAX, int64_t{-1}}) {
    check(decode(PlanBytes({{Op::kRlimit, {0, any, any}, {"RLIMIT_CORE"}}})) == Malformed::kNo, "64-bit numbers are read completely");
    check(decode(PlanBytes({{Op::kCapabilities, {any, any, any, any}, {}}})) == Malformed::kNo, "sets of 64 bits are read completely");
  }
}

void refuses_texts() {
  const auto arena = static_cast<uint32_t>(PlanBytes::record(1));
  const auto end = static_cast<uint32_t>(hostname().size());
  check(decode(hostname().refer(0, 0, arena - 1, 3)) == Malformed::kRange, "a text that begins in the records is rejected");
  check(decode(hostname().refer(0, 0, 0, 3)) == Malformed::kRange, "a text at 0 with a length is rejected");
  check(decode(hostname().refer(0, 0, end, 0)) == Malformed::kRange, "a text that begins at the end is rejected");
  check(decode(hostname().refer(0, 0, arena, end - arena)) == Malformed::kRange, "a text without room for its NUL is rejected");
  check(decode(hostname().refer(0, 0, arena, 0xffffffff)) == Malformed::kRange, "a length that would overflow is rejected");
  check(decode(hostname().refer(0, 0, 0xffffffff, 2)) == Malformed::kRange, "an offset beyond everything is rejected");
  check(decode(hostname().refer(0, 0, arena, 2)) == Malformed::kTerminator, "a text that does not end with a NUL is rejected");
  check(decode(PlanBytes({{Op::kHostname, {}, {std::string("a\0b", 3)}}})) == Malformed::kNul, "a path with a NUL inside is rejected");
  check(decode(PlanBytes({{Op::kExecute, {3}, {"sh"}}})) == Malformed::kList, "a list whose last entry has no NUL is rejected");
}

// Flips every byte and tries every length: the plan is accepted or rejected, but nothing outside of it is read.
void survives_damage() {
  const PlanBytes bytes({{Op::kMount, {1, 2, 3, 4, 5, 6, 7, 8}, {"proc", "proc", "/proc", std::string("a=b\0c\0", 6)}},
                         {Op::kUser, {0, 0, -1, 1}, {"abcd"}}});
  int taken = 0;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    PlanBytes cut = bytes;
    if (size >= plan::kHeaderSize)
      taken += decode(cut.resize(size)) == Malformed::kNo ? 1 : 0;
    else
      decode(bytes.bytes(), size);
  }
  check(taken == 1, "only the whole plan is accepted");
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      PlanBytes damaged = bytes;
      damaged.put8(at, static_cast<uint8_t>(bytes.bytes()[at] ^ (1 << bit)));
      decode(damaged);
    }
  }
  check(true, "flipped bits do no harm");
}

void claims_sizes() {
  uint8_t header[plan::kHeaderSize];
  std::memcpy(header, hostname().bytes().data(), sizeof header);
  check(plan::claimed_size(header) == hostname().size(), "the size that a header claims is returned");
  header[11] = 0xff;
  check(plan::claimed_size(header) == 0, "an impossible size is 0");
  std::memcpy(header, hostname().put32(8, 15).bytes().data(), sizeof header);
  check(plan::claimed_size(header) == 0, "a size smaller than the header is 0");
}

}  // namespace
}  // namespace tsrun::test

int main() {
  using namespace tsrun::test;
  reads_what_was_written();
  refuses_headers();
  refuses_records();
  refuses_what_would_be_cut();
  refuses_texts();
  survives_damage();
  claims_sizes();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
