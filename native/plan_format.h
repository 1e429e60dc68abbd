// The plan: TypeScript's decisions, which tsrun-init carries out. Little-endian and flat; plan_decode.cc checks all bounds before the first
// operation is executed. The numbers (Op, Step, MessageType, SyncPoint, MountOption, and the sizes) are generated from src/protocol/ by
// scripts/protocol/generate.mjs.
//
//   offset        bytes  field
//   0             4      magic 'PLAN'
//   4             4      version
//   8             4      size of the whole plan
//   12            4      count of operations
//   16            104*n  operation records
//   16+104*n      ...    arena: texts; each is followed by one NUL that does not count in its length
//
// A record:
//   0             2      Op
//   2             2      zero
//   4             4      zero
//   8             64     8 signed integers; one that does not fit the C type of its field is rejected, never truncated
//   72            32     4 texts, each {u32 offset from the start of the plan, u32 length}; an absent text is {0, 0}
//
// A list of texts is one text in which every entry is followed by a NUL.
#pragma once
#include <cstdint>

#include "protocol/numbers.h"

namespace tsrun::plan {

constexpr uint32_t kMaxOperations = 65536;
constexpr uint32_t kMaxSize = 64u << 20;

// What tsrun-init sends: this struct, kMessageSize bytes, perhaps with one descriptor.
struct Message {
  uint32_t type;       // MessageType
  uint32_t operation;  // index in the plan; 0xffffffff: before the first
  uint32_t step;       // Step
  int32_t error;       // errno; kSync of the point seccompListener: the number of the listener's descriptor
  int64_t value;
  uint32_t text_length;
  uint32_t op;  // the Op itself, for a reader that does not have the plan (tsrun start); 0: none
  char text[480];
};
constexpr uint32_t kMessageSize = 512;
static_assert(sizeof(Message) == kMessageSize);

// tsrun (or `tsrun start`, on the listener) replies with 4 bytes: 0 to continue, anything else to give up. At the sync point mountSource a
// detached mount comes with the reply. `tsrun start` reads one Message (kFailure or kHookFailed), or the end of the stream once the user's
// program runs.

}  // namespace tsrun::plan
