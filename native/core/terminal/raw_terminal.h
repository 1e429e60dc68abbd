// Our own terminal while a container's is shown on it: every key goes through untouched.
#pragma once
#include <termios.h>

namespace tsrun {

class RawTerminal {
 public:
  // Does nothing where `fd` is not a terminal.
  explicit RawTerminal(int fd);
  ~RawTerminal() { leave(); }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // False with errno. With `cook_output` only input goes through untouched: the output on it is not the container's.
  bool enter(bool cook_output);
  // Back to what it was; also from the background, where a change would stop us (SIGTTOU) and leave the terminal raw.
  void leave();

 private:
  const int fd_;
  bool terminal_ = false;
  bool entered_ = false;
  termios before_ = {};
};

}  // namespace tsrun
