// Accesses files in a procfs that the container does not control. Everything is reached from a descriptor of its root that the container
// could not influence, without crossing a mount or a link: a container's /proc may be another file system, or partly covered
// (CVE-2019-16884, CVE-2019-19921, CVE-2025-52881).
#pragma once
#include "../state.h"

namespace tsrun::init {

void open_procfs(State& state);

// Call this when leaving the host's mounts. A descriptor of the host's procfs would lead back to them through `..` or /proc/1/root, both
// for the path of the program to execute (CVE-2024-21626) and for a process in the container that may trace us (CVE-2016-9962). So close
// it, and do the remaining writes through a new instance that shows only our own pid namespace.
void leave_host_procfs(State& state);

// `path` below /proc.
long open_in_procfs(State& state, const char* path, unsigned flags);
// `path` below /proc/self.
long open_own(State& state, const char* path, unsigned flags);

Result write_in_procfs(State& state, const char* path, const Text& value);
Result write_own(State& state, const char* path, const Text& value);

// chmod(2) of an open file, which may be an O_PATH descriptor. By its name it could now be another file, or a symlink to one of the host.
long change_mode(State& state, int fd, unsigned mode);

// While an instance lives, the current directory is that procfs, and system calls that only take a path reach a descriptor as
// `OwnPath(fd)`.
class InProcfs {
 public:
  explicit InProcfs(State& state);
  ~InProcfs();
  InProcfs(const InProcfs&) = delete;
  InProcfs& operator=(const InProcfs&) = delete;
  // -errno if the directory could not be entered.
  long error() const { return error_; }

 private:
  Fd before_;
  long error_;
};
class OwnPath : public Chars<32> {
 public:
  explicit OwnPath(int fd) { add("self/fd/").add_number(fd); }
};

}  // namespace tsrun::init
