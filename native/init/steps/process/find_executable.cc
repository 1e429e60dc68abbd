#include <linux/magic.h>

#include "../../programs/home.h"
#include "../../programs/interpreter.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr unsigned kTypeMask = 0170000, kDirectory = 0040000, kRegular = 0100000, kAnyExecute = 0111;

// Succeeds for a regular file with execute permission; otherwise says why it is not one.
Result look_at(State& state, const char* path) {
  struct statx status;
  const long result = sys::stat(AT_FDCWD, path, status);
  if (result < 0) return failed(state, Step::kResolve, result, text_of(path));
  const unsigned type = status.stx_mode & kTypeMask;
  if (type == kDirectory) return failed(state, Step::kIsDirectory, -EISDIR, text_of(path));
  if (type != kRegular || (status.stx_mode & kAnyExecute) == 0) return failed(state, Step::kNotExecutable, -EACCES, text_of(path));
  return kDone;
}

Result accept(State& state) {
  constexpr long kNoexec = 8;  // ST_NOEXEC of statfs(2)
  struct statfs filesystem;
  const long result = sys::call(__NR_statfs, state.executable.c_str(), &filesystem);
  if (result == 0 && (filesystem.f_flags & kNoexec) != 0) return failed(state, Step::kNoexec, -EACCES, state.executable.text());
  Path interpreter;
  return check_interpreter(state, state.executable.c_str(), interpreter);
}

// As in execvp(3), a file without execute permission does not end the search, but is reported if nothing better is found.
Result search(State& state, const Text& name, const Text& path) {
  Result best = failed(state, Step::kNotFound, -ENOENT, name);
  for (uint32_t start = 0; start <= path.size;) {
    const uint32_t end = find(path, ':', start);
    state.executable.clear();
    if (end > start) state.executable.add(Text{path.data + start, end - start}).add("/");
    state.executable.add(name);
    start = end + 1;
    if (state.executable.full()) continue;
    const Result result = look_at(state, state.executable.c_str());
    if (!result.failed()) return accept(state);
    if (result.step == Step::kNotExecutable || result.error == EACCES) best = {Step::kNotExecutable, EACCES};
  }
  state.about.clear().add_some(name);
  return best;
}

// Whether the path goes through /proc/self while this process is not in the pid namespace of that procfs, because it will respawn into it
// later.
bool is_before_proc(const Text& name) {
  if (!starts_with(name, text_of("/proc/")) && !starts_with(name, text_of("/dev/"))) return false;
  char number[16];
  struct statfs filesystem;
  return sys::call(__NR_statfs, "/proc", &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC &&
         sys::readlink(AT_FDCWD, "/proc/self", number, sizeof number) == -ENOENT;
}

}  // namespace

Result find_executable(State& state, const operations::FindExecutable& o) {
  const bool needs_home = o.home();
  const Text& name = o.name();
  if (needs_home) find_home(state, o.uid());
  if (name.empty()) return failed(state, Step::kNotFound, -ENOENT, name);
  if (find(name, '/') == name.size) return search(state, name, o.search_path());
  if (state.executable.clear().add(name).full()) return failed(state, Step::kResolve, -ENAMETOOLONG, name);
  const Result result = look_at(state, name.data);
  // execve(2) will check a path that only the final process can resolve (/proc/self/fd/3, /dev/fd/3).
  if (result.error == ENOENT && is_before_proc(name)) return kDone;
  return result.failed() ? result : accept(state);
}

}  // namespace tsrun::init::steps
