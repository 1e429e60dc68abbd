#include "first_thread.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "../raw.h"

namespace tsrun {
namespace {

constexpr long kOneProcess = 1;  // IOPRIO_WHO_PROCESS of linux/ioprio.h

// Nanoseconds, of the first thread; 0 if we may not know them: another thread's need CAP_SYS_NICE (proc_pid_timerslack_ns(5)).
long timer_slack_of_first() {
  const long fd = raw::call(SYS_openat, AT_FDCWD, raw::address("/proc/self/timerslack_ns"), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[24] = {};
  const long length = raw::call(SYS_read, fd, raw::address(text), sizeof text - 1);
  raw::call(SYS_close, fd);
  long number = 0;
  for (long i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) number = number * 10 + (text[i] - '0');
  return number;
}

}  // namespace

FirstThread::FirstThread() {
  const long first = ::getpid();
  if (raw::call(SYS_gettid) == first) return;
  Scheduling own = {};
  const long size = sizeof own;
  if (raw::call(SYS_sched_getattr, first, raw::address(&scheduling_), size, 0) == 0 &&
      raw::call(SYS_sched_getattr, 0, raw::address(&own), size, 0) == 0) {
    has_scheduling_ = std::memcmp(&own, &scheduling_, sizeof own) != 0;
  }
  uint64_t mine[kMostProcessors / 64] = {};
  processors_size_ = raw::call(SYS_sched_getaffinity, first, sizeof processors_, raw::address(processors_));
  const long same = raw::call(SYS_sched_getaffinity, 0, sizeof mine, raw::address(mine));
  has_processors_ = processors_size_ > 0 && same > 0 && std::memcmp(mine, processors_, sizeof mine) != 0;
  io_priority_ = raw::call(SYS_ioprio_get, kOneProcess, first);
  has_io_priority_ = io_priority_ >= 0 && io_priority_ != raw::call(SYS_ioprio_get, kOneProcess, 0);
  timer_slack_ = timer_slack_of_first();
  has_timer_slack_ = timer_slack_ > 0 && timer_slack_ != raw::call(SYS_prctl, PR_GET_TIMERSLACK);
}

void FirstThread::give_to_child() const {
  if (has_scheduling_) raw::call(SYS_sched_setattr, 0, raw::address(&scheduling_), 0);
  if (has_processors_) raw::call(SYS_sched_setaffinity, 0, processors_size_, raw::address(processors_));
  if (has_io_priority_) raw::call(SYS_ioprio_set, kOneProcess, 0, io_priority_);
  if (has_timer_slack_) raw::call(SYS_prctl, PR_SET_TIMERSLACK, timer_slack_);
}

}  // namespace tsrun
