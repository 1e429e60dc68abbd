#include "inherited.h"

#include <fcntl.h>

#include "../files/entries.h"
#include "../outcome.h"

namespace tsrun {
namespace {

bool is_kept_by_exec(int fd) {
  const int flags = ::fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

bool (*rule_in_force)(int) = is_kept_by_exec;

}  // namespace

bool came_with_exec(int fd) { return rule_in_force(fd); }

void tell_inherited_by(bool (*rule)(int fd)) { rule_in_force = rule; }

Outcome entries::is_inherited(const Arguments& a) { return answer(came_with_exec(a.fd(0))); }

}  // namespace tsrun
