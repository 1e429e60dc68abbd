#include "callers.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace tsrun {
namespace {

// eventpoll, eventfd, io_uring and the like.
bool isAnonymous(int fd) {
  char target[32];
  const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
  return length > 0 && std::string(target, static_cast<size_t>(length)).rfind("anon_inode:", 0) == 0;
}

// libuv keeps both ends of the pipes that it uses to wake itself; a caller hands over one end.
bool isPipeToOurselves(int fd) {
  struct stat own;
  if (fstat(fd, &own) < 0 || !S_ISFIFO(own.st_mode)) return false;
  const int access = fcntl(fd, F_GETFL) & O_ACCMODE;
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return true;
  bool found = false;
  while (const dirent* entry = readdir(directory)) {
    const int other = atoi(entry->d_name);
    struct stat s;
    if (other <= STDERR_FILENO || fstat(other, &s) < 0 || s.st_dev != own.st_dev || s.st_ino != own.st_ino) continue;
    if ((fcntl(other, F_GETFL) & O_ACCMODE) != access) found = true;
  }
  closedir(directory);
  return found;
}

}  // namespace

bool isOfTheCaller(int fd) { return fcntl(fd, F_GETFD) >= 0 && !isAnonymous(fd) && !isPipeToOurselves(fd); }

}  // namespace tsrun
