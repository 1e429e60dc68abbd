#include "report.h"

#include "base/message.h"

namespace tsrun::init {
namespace {

constexpr int kGaveUp = 1;

// If the reader is gone, SIGPIPE ends us, or the next read does if we are process 1 of a pid namespace, which does not get that signal.
// After any other failure (ENOMEM) exit, because tsrun would wait for the report forever.
void write_fully(int fd, const void* data, size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const long written = sys::uninterrupted([&] { return sys::write(fd, at, size); });
    if (written == -EPIPE) return;
    if (written <= 0) sys::exit(kGaveUp);
    at += written;
    size -= static_cast<size_t>(written);
  }
}

}  // namespace

void report(State& state, plan::MessageType type, int64_t value, Result result) {
  plan::Message message = {};
  message.type = static_cast<uint32_t>(type);
  message.operation = state.operation;
  message.step = static_cast<uint32_t>(result.step);
  message.error = result.error;
  message.value = value;
  if (state.plan != nullptr && state.operation < state.plan->count())
    message.op = static_cast<uint32_t>(state.plan->at(state.operation).op);
  if (type == plan::MessageType::kFailure || type == plan::MessageType::kHookFailed) {
    message.text_length = state.about.size();
    memcpy(message.text, state.about.c_str(), state.about.size());
  }
  write_fully(state.reports.get(), &message, sizeof message);
}

void report_with(State& state, plan::MessageType type, int fd) {
  plan::Message content = {};
  content.type = static_cast<uint32_t>(type);
  content.operation = state.operation;
  Part part = {&content, sizeof content};
  RightsOfOne control;
  control.fd = fd;
  const MessageHeader message = {nullptr, 0, &part, 1, &control, sizeof control, 0};
  constexpr int kNoSignal = 0x4000;
  // If the stream does not take all of it, it is full because nobody reads; tsrun then gives up on us.
  sys::call(__NR_sendmsg, state.reports.get(), &message, kNoSignal);
}

void report_going(State& state) {
  if (state.going) return;
  state.going = true;
  report(state, plan::MessageType::kGoing, 0);
}

bool read_fully(int fd, void* into, size_t size) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const long count = sys::uninterrupted([&] { return sys::read(fd, at, size); });
    if (count <= 0) return false;
    at += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

void await_reply(const State& state) {
  uint32_t reply = 0;
  if (!read_fully(state.reports.get(), &reply, sizeof reply) || reply != 0) sys::exit(kGaveUp);
}

long await_descriptor(const State& state, Fd& fd) {
  constexpr int kCloseOnExec = 0x40000000;
  uint32_t reply = 0;
  Part part = {&reply, sizeof reply};
  RightsOfOne control = {};
  MessageHeader message = {nullptr, 0, &part, 1, &control, sizeof control, 0};
  long count;
  do {
    count = sys::call(__NR_recvmsg, state.reports.get(), &message, kCloseOnExec);
  } while (count == -EINTR);
  if (count != sizeof reply || reply != 0) sys::exit(kGaveUp);
  if (message.control_size < RightsOfOne::kSize || control.level != kSocketLevel || control.type != kRights) return -EBADMSG;
  return fd.take(control.fd);
}

}  // namespace tsrun::init
