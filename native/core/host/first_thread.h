// Linux has attributes of each thread that a child takes from the one which clones it. A container has those of the first thread, whichever
// clones it: they are what a person, or setpriority(2) of Node.js, changes of a process.
#pragma once
#include <cstdint>

namespace tsrun {

class FirstThread {
 public:
  // Compares those of the first thread with those of the calling one.
  FirstThread();
  // In a child of the calling thread. Only raw system calls. What may not be set stays as it is.
  void give_to_child() const;

 private:
  // struct sched_attr of sched_setattr(2), version 1, which the C library does not declare.
  struct Scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most;
  };
  static constexpr int kMostProcessors = 8192;

  Scheduling scheduling_ = {};
  uint64_t processors_[kMostProcessors / 64] = {};
  long processors_size_ = 0;
  long io_priority_ = 0, timer_slack_ = 0;
  bool has_scheduling_ = false, has_processors_ = false, has_io_priority_ = false, has_timer_slack_ = false;
};

}  // namespace tsrun
