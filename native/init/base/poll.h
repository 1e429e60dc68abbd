#pragma once

namespace tsrun::init {

// struct pollfd of poll(2).
struct Poll {
  int fd;
  short events, revents;
};

}  // namespace tsrun::init
