#include "carry_out.h"

#include "base/arena.h"
#include "report.h"
#include "run.h"
#include "streams.h"

namespace tsrun::init {
namespace {

constexpr int kFailed = 1;

// Returns the plan, or null if it does not arrive.
uint8_t* receive_plan(int socket, uint32_t& size) {
  uint8_t header[plan::kHeaderSize];
  if (!read_fully(socket, header, sizeof header)) return nullptr;
  size = plan::claimed_size(header);
  if (size == 0) return nullptr;
  const long memory = take_room(size);
  if (memory < 0 && memory > -4096) return nullptr;
  auto* bytes = reinterpret_cast<uint8_t*>(memory);
  memcpy(bytes, header, sizeof header);
  return read_fully(socket, bytes + sizeof header, size - sizeof header) ? bytes : nullptr;
}

[[noreturn]] void give_up(State& state, Result result) {
  report(state, state.failure, state.failure_value, result);
  sys::exit(kFailed);
}

}  // namespace

void carry_out_plan(State& state) {
  state.plan = nullptr;
  state.operation = kBeforeTheFirst;
  if (!streams_are_open()) give_up(state, failed(state, Step::kPlan, -EBADF, text_of("standard streams")));
  uint32_t size = 0;
  const uint8_t* bytes = receive_plan(state.reports.get(), size);
  if (bytes == nullptr) give_up(state, failed(state, Step::kPlan, -EIO, text_of("short")));
  plan::Plan the_plan;
  const plan::Malformed reason = the_plan.decode(bytes, size);
  if (reason != plan::Malformed::kNo) {
    state.operation = the_plan.refused_record();
    give_up(state, failed(state, Step::kPlan, -EBADMSG, text_of(plan::word(reason))));
  }
  state.plan = &the_plan;
  give_up(state, run(state));
}

}  // namespace tsrun::init
