// Finds HOME in a passwd file that the image controls.
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "../../init/programs/home.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

std::string home_of(Scratch& scratch, uint32_t uid) {
  init::find_home(scratch.state(), uid);
  return scratch.state().home.c_str();
}

void reads_entries() {
  Scratch scratch;
  scratch.directory("/etc");
  scratch.file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbroken\nx:x:1000:1000::/home/x:/bin/sh\nempty:x:7:7:::\nlast:x:8:8::/last");
  check(home_of(scratch, 0) == "HOME=/root", "the first entry is found");
  check(home_of(scratch, 1000) == "HOME=/home/x", "an entry after an invalid line is found");
  check(home_of(scratch, 8) == "HOME=/last", "a last line without a newline and a shell is found");
  check(home_of(scratch, 7) == "HOME=/", "an empty directory field is handled");
  check(home_of(scratch, 100) == "HOME=/", "a user without an entry gets /");
}

void survives_images() {
  Scratch scratch;
  check(home_of(scratch, 0) == "HOME=/", "without a file the home is /");
  scratch.directory("/etc");
  scratch.file("/etc/passwd", std::string(9000, 'x') + ":x:5:5::/long:\nok:x:5:5::/ok:/bin/sh\n");
  check(home_of(scratch, 5) == "HOME=/ok", "a line longer than the buffer is skipped");
  scratch.file("/etc/passwd", "a:x:4294967296:0::/overflow:\nb:x:99999999999:0::/more:\n");
  check(home_of(scratch, 0) == "HOME=/", "a number that would overflow is skipped");
  std::filesystem::remove(scratch.inside("/etc/passwd"));
  constexpr unsigned kFifo = 0010666;
  check(init::sys::call(__NR_mknodat, AT_FDCWD, scratch.inside("/etc/passwd").c_str(), kFifo, 0) == 0, "a FIFO is created");
  const int watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  check(::inotify_add_watch(watch, scratch.inside("/etc/passwd").c_str(), IN_OPEN) >= 0, "a watch on the FIFO is created");
  check(home_of(scratch, 0) == "HOME=/", "a FIFO does not block the search");
  char event[512];
  check(::read(watch, event, sizeof event) < 0 && errno == EAGAIN, "a FIFO is not even opened");
  ::close(watch);
}

}  // namespace

void home_tests() {
  reads_entries();
  survives_images();
}

}  // namespace tsrun::test
