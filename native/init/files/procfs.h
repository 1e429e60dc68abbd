// Files of a procfs that is not the container's. Everything is reached from a descriptor of its root that the container never had a say in, never crossing a mount or
// a link: a container's /proc may be another file system, or be covered in part (CVE-2019-16884, CVE-2019-19921, CVE-2025-52881).
#pragma once
#include "../state.h"

namespace tsrun::init {

void open_procfs(State& state);

// To be called where the host's mounts are left behind. A descriptor of the host's procfs would be a way back to them: by `..`, or by /proc/1/root, for the path of
// the program to execute (CVE-2024-21626) as for a process of the container that may trace us (CVE-2016-9962). So it is closed, and what is still to be
// written goes through a new instance that shows our own pid namespace only.
void leave_host_procfs(State& state);

// `path` below /proc.
long open_in_procfs(State& state, const char* path, unsigned flags);
// `path` below /proc/self.
long open_own(State& state, const char* path, unsigned flags);

Result write_in_procfs(State& state, const char* path, const Text& value);
Result write_own(State& state, const char* path, const Text& value);

// chmod(2) of an open file, of an O_PATH descriptor, too: by its name it could be another file by now, or a symlink to one of the host.
long change_mode(State& state, int fd, unsigned mode);

// While it lives, the current directory is that procfs: system calls that only take a path reach a descriptor as `OwnPath(fd)`.
class InProcfs {
 public:
  explicit InProcfs(State& state);
  ~InProcfs();
  InProcfs(const InProcfs&) = delete;
  InProcfs& operator=(const InProcfs&) = delete;
  // -errno where it could not be entered.
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
