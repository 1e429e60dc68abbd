#include <linux/mount.h>

#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

constexpr int kDetach = 2;

// Unmounts a mount of the host, or covers it if a user namespace may not unmount it.
Result hide(State& state, const char* path) {
  // Otherwise the unmount would propagate to the host.
  sys::mount(nullptr, path, nullptr, MS_SLAVE | MS_REC, nullptr);
  const long result = sys::call(__NR_umount2, path, kDetach);
  if (result != -EINVAL && result != -EPERM) return result < 0 ? failed(state, Step::kDetachOld, result, text_of(path)) : kDone;
  const long covered = sys::mount("tmpfs", path, "tmpfs", 0, "");
  return covered < 0 ? failed(state, Step::kDetachOld, covered, text_of(path)) : kDone;
}

// mountinfo escapes space, tab, newline and backslash as three octal digits.
void unescape(const Text& text, Path& path) {
  path.clear();
  for (uint32_t i = 0; i < text.size; ++i) {
    char c = text.data[i];
    if (c == '\\' && i + 3 < text.size) {
      c = static_cast<char>((text.data[i + 1] - '0') * 64 + (text.data[i + 2] - '0') * 8 + (text.data[i + 3] - '0'));
      i += 3;
    }
    path.add(Text{&c, 1});
  }
}

// "36 35 98:0 /root /mount/point options optional... - type source options" (proc(5))
struct Line {
  Path path;
  bool exposes = false;
};

void parse(const Text& text, Line& line) {
  line.exposes = false;
  uint32_t at = 0;
  for (int field = 0; field < 4; ++field) at = find(text, ' ', at) + 1;
  if (at >= text.size) return;
  unescape(Text{text.data + at, find(text, ' ', at) - at}, line.path);
  for (; at + 3 <= text.size; ++at) {
    if (memcmp(text.data + at, " - ", 3) != 0) continue;
    const Text type = {text.data + at + 3, find(text, ' ', at + 3) - at - 3};
    line.exposes = equal(type, text_of("proc")) || equal(type, text_of("sysfs"));
    return;
  }
}

bool is_below(const Text& path, const Text& directory) {
  return starts_with(path, directory) && (path.size == directory.size || path.data[directory.size] == '/');
}

Result hide_if_exposed(State& state, const Text& text) {
  Line line;
  parse(text, line);
  if (!line.exposes || is_below(line.path.text(), state.rootfs_path)) return kDone;
  return hide(state, line.path.c_str());
}

// chroot(2) leaves the host's mounts in the namespace. A complete proc or sysfs among them would let the container mount a new instance
// without the masked paths (msMoveRoot in runc).
Result hide_exposed_mounts(State& state) {
  const Fd fd(open_own(state, "mountinfo", O_RDONLY));
  if (!fd.valid()) return failed(state, Step::kOpen, -ENOENT, text_of("mountinfo"));
  // A line holds two paths and the options of a file system.
  static char buffer[32 << 10];
  uint32_t filled = 0;
  for (;;) {
    const long count = sys::read(fd.get(), buffer + filled, sizeof buffer - filled);
    if (count < 0) return failed(state, Step::kOpen, count, text_of("mountinfo"));
    filled += static_cast<uint32_t>(count);
    uint32_t start = 0;
    for (uint32_t end = find(Text{buffer, filled}, '\n'); end < filled; end = find(Text{buffer, filled}, '\n', start)) {
      const Result result = hide_if_exposed(state, Text{buffer + start, end - start});
      if (result.failed()) return result;
      start = end + 1;
    }
    if (count == 0) return kDone;
    if (start == 0 && filled == sizeof buffer) return failed(state, Step::kOpen, -E2BIG, text_of("mountinfo"));
    filled -= start;
    memmove(buffer, buffer + start, filled);
  }
}

}  // namespace

Result move_root(State& state, const operations::MoveRoot&) {
  const Result hidden = hide_exposed_mounts(state);
  if (hidden.failed()) return hidden;
  leave_host_procfs(state);
  long result = sys::chdir(state.rootfs.get());
  if (result == 0) result = sys::mount(".", "/", nullptr, MS_MOVE, nullptr);
  if (result == 0) result = sys::call(__NR_chroot, ".");
  if (result < 0) return failed(state, Step::kPivot, result);
  result = sys::call(__NR_chdir, "/");
  return result < 0 ? failed(state, Step::kChangeDirectory, result) : kDone;
}

}  // namespace tsrun::init::steps
