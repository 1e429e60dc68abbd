#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "../../core/fd.h"
#include "check.h"

namespace tsrun::test {
namespace {

Fd held(const char* call, std::vector<Value> arguments) { return Fd(static_cast<int>(integer_of(invoke(call, std::move(arguments))))); }

void taking(const Directory& directory) {
  const std::string path = directory.path("taken");
  Fd first = held("takeDirectory", {path, number(0700)});
  check(first.valid(), "a directory is created and held");
  check(integer_of(invoke("lockDirectory", {path})) == -1, "the directory is locked from the start");
  check(error_of(invoke("takeDirectory", {path, number(0700)})) == EEXIST, "another holder cannot take the directory");
  check(succeeded(invoke("unlockDirectory", {number(first.get())})), "the lock can be released");
  check(held("lockDirectory", {path}).valid(), "another holder can lock it then");
  check(integer_of(invoke("lockDirectory", {path, number(first.get())})) == first.get(), "the first holder can lock it again");
  check(succeeded(invoke("replaceFile", {text("file"), text("x"), number(0600), false, number(first.get())})),
        "a file is written in the directory");
  check(::access((path + "/file").c_str(), F_OK) == 0, "the file is written through the descriptor");
}

// start and delete of an id may lock and look at its directory at any moment of a creation.
void being_looked_at(const Directory& directory) {
  const std::string path = directory.path("looked_at");
  const pid_t watcher = ::fork();
  if (watcher == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd >= 0) ::flock(fd, LOCK_EX | LOCK_NB), ::usleep(200), ::close(fd), ::usleep(1000);
    }
  }
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    const Fd taken = held("takeDirectory", {path, number(0700)});
    if (!taken.valid()) ++refused;
    ::rmdir(path.c_str());
  }
  ::kill(watcher, SIGKILL);
  ::waitpid(watcher, nullptr, 0);
  check(refused == 0, "a look at a new directory does not take the id from its creation");
}

void losing_the_name(const Directory& directory) {
  const std::string path = directory.path("lost");
  const Fd first = held("takeDirectory", {path, number(0700)});
  invoke("unlockDirectory", {number(first.get())});
  ::rename(path.c_str(), directory.path("elsewhere").c_str());
  check(error_of(invoke("lockDirectory", {path, number(first.get())})) == ENOENT, "a directory that lost its name is not locked again");
  const Fd second = held("takeDirectory", {path, number(0700)});
  check(error_of(invoke("lockDirectory", {path, number(first.get())})) == ENOENT, "it is not locked if another directory has its name");
  ::close(::openat(first.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  check(succeeded(invoke("removeTree", {path, number(first.get())})), "a held directory is emptied");
  check(::faccessat(first.get(), "file", F_OK, 0) < 0, "a moved directory is emptied");
  check(::access(path.c_str(), F_OK) == 0, "the directory that has its name now stays");
  check(succeeded(invoke("removeTree", {path, number(second.get())})) && ::access(path.c_str(), F_OK) < 0,
        "a directory is removed with its name");
}

void others(const Directory& directory) {
  const std::string path = directory.path("own");
  ::mkdir(path.c_str(), 0700);
  check(held("openOwnDirectory", {path}).valid(), "a directory of our own");
  ::symlink(path.c_str(), directory.path("link").c_str());
  for (const char* call : {"openOwnDirectory", "lockDirectory"}) {
    check(error_of(invoke(call, {directory.path("link")})) == ENOTDIR, "a symlink to it is none");
    ::chmod(path.c_str(), 0720);
    check(error_of(invoke(call, {path})) == EPERM, "nor is one that others may write to");
    ::chmod(path.c_str(), 0755);
    check(succeeded(invoke(call, {path})), "one that others may read is");
    if (!is_root()) continue;
    ::chown(path.c_str(), 65534, 65534);
    check(error_of(invoke(call, {path})) == EPERM, "one of another owner is none");
    ::chown(path.c_str(), 0, 0);
  }
}

void listening(const Directory& directory) {
  const std::string path = directory.path("socket");
  check(!boolean_of(invoke("isListening", {path})), "nobody listens where there is no socket");
  Fd listener = held("listenUnix", {path, number(0)});
  // More connections than the backlog takes: none of them waits.
  for (int i = 0; i < 4; ++i) check(boolean_of(invoke("isListening", {path})), "somebody listens");
  listener.reset();
  check(!boolean_of(invoke("isListening", {path})), "and does no more, though the name is there");
}

}  // namespace

void held_directory_tests() {
  const Directory directory;
  taking(directory);
  being_looked_at(directory);
  losing_the_name(directory);
  others(directory);
  listening(directory);
}

}  // namespace tsrun::test
