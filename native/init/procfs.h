// Files of the host's procfs. Everything is reached from a descriptor of its root that was verified before the container had a say, never crossing a mount or
// a link: a container's /proc may be another file system, or be covered in part (CVE-2019-16884, CVE-2019-19921, CVE-2025-52881).
#pragma once
#include "state.h"

namespace tsrun::init {

void open_procfs(State& state);

// `path` below /proc.
long open_in_procfs(const State& state, const char* path, unsigned flags);
// `path` below /proc/self.
long open_own(const State& state, const char* path, unsigned flags);

Result write_in_procfs(State& state, const char* path, const Text& value);
Result write_own(State& state, const char* path, const Text& value);

// While it lives, the current directory is that procfs: system calls that only take a path reach a descriptor as `OwnPath(fd)`.
class InProcfs {
 public:
  explicit InProcfs(const State& state);
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
