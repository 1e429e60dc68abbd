// Sets our own terminal to raw mode while it shows a container's, so that every key passes through unchanged.
#pragma once
#include <termios.h>

namespace tsrun {

class RawTerminal {
 public:
  // Does nothing if `fd` is not a terminal.
  explicit RawTerminal(int fd);
  ~RawTerminal() { leave(); }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // Returns false with errno. With `cook_output` only input is raw, because the output on this terminal is not the container's.
  bool enter(bool cook_output);
  // Restores the previous mode, even from the background, where changing it would stop us (SIGTTOU) and leave the terminal raw.
  void leave();

 private:
  const int fd_;
  bool terminal_ = false;
  bool entered_ = false;
  termios before_ = {};
};

}  // namespace tsrun
