#include "copy_up.h"

namespace tsrun::init {
namespace {

constexpr unsigned kTypeMask = 0170000, kDirectory = 0040000, kRegular = 0100000, kSymlink = 0120000, kSocket = 0140000,
                   kPermissions = 07777;
// Each level takes a few kilobytes of stack.
constexpr int kDeepest = 128;

long open_entry(int directory, const char* name, uint64_t flags) {
  open_how how = {};
  how.flags = flags | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
  return sys::open(directory, name, how);
}

long copy_content(int from, int to) {
  char buffer[4096];
  for (;;) {
    const long size = sys::read(from, buffer, sizeof buffer);
    if (size <= 0) return size;
    for (long done = 0; done < size;) {
      const long written = sys::write(to, buffer + done, static_cast<size_t>(size - done));
      if (written <= 0) return written < 0 ? written : -EIO;
      done += written;
    }
  }
}

long set_owner_and_mode(int directory, const char* name, const struct statx& status) {
  const long result = sys::call(__NR_fchownat, directory, name, status.stx_uid, status.stx_gid, AT_SYMLINK_NOFOLLOW);
  if (result < 0 || (status.stx_mode & kTypeMask) == kSymlink) return result;
  return sys::call(__NR_fchmodat, directory, name, status.stx_mode & kPermissions);
}

long copy_directory(int source, int target, int depth);

long copy_file(int source, int target, const char* name, const struct statx& status) {
  Fd from;
  long result = from.take(open_entry(source, name, O_RDONLY | O_NONBLOCK));
  Fd to;
  if (result >= 0) result = to.take(sys::open(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  if (result >= 0) result = copy_content(from.get(), to.get());
  return result < 0 ? result : set_owner_and_mode(target, name, status);
}

long copy_link(int link, int target, const char* name) {
  char text[4096];
  const long size = sys::readlink(link, "", text, sizeof text - 1);
  if (size < 0) return size;
  text[size] = '\0';
  return sys::symlink(text, target, name);
}

long copy_subdirectory(int source, int target, const char* name, const struct statx& status, int depth) {
  Fd from;
  long result = from.take(open_entry(source, name, O_RDONLY | O_DIRECTORY));
  if (result >= 0) result = sys::mkdir(target, name, 0700);
  Fd to;
  if (result >= 0) result = to.take(sys::open(target, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  if (result >= 0) result = copy_directory(from.get(), to.get(), depth);
  return result < 0 ? result : set_owner_and_mode(target, name, status);
}

long copy_entry(int source, int target, const char* name, int depth) {
  Fd entry;
  long result = entry.take(open_entry(source, name, O_PATH));
  // EXDEV means a mount point: its contents are not part of the directory.
  if (result == -EXDEV) return 0;
  struct statx status;
  if (result >= 0) result = sys::stat(entry.get(), status);
  if (result < 0) return result;
  switch (status.stx_mode & kTypeMask) {
    case kRegular:
      return copy_file(source, target, name, status);
    case kDirectory:
      return copy_subdirectory(source, target, name, status, depth + 1);
    case kSocket:
      return 0;
    case kSymlink:
      result = copy_link(entry.get(), target, name);
      break;
    default: {
      const uint64_t number =
          (status.stx_rdev_minor & 0xff) | (uint64_t{status.stx_rdev_major} << 8) | (uint64_t{status.stx_rdev_minor & ~0xffU} << 12);
      result = sys::call(__NR_mknodat, target, name, status.stx_mode, number);
    }
  }
  return result < 0 ? result : set_owner_and_mode(target, name, status);
}

// struct linux_dirent64 (getdents(2)): the name follows 8 + 8 + 2 + 1 bytes.
constexpr uint32_t kLengthOffset = 16, kNameOffset = 19;

long copy_directory(int source, int target, int depth) {
  if (depth > kDeepest) return -ELOOP;
  alignas(8) char entries[2048];
  for (;;) {
    const long size = sys::call(__NR_getdents64, source, entries, sizeof entries);
    if (size <= 0) return size;
    for (long at = 0; at < size;) {
      uint16_t length;
      memcpy(&length, entries + at + kLengthOffset, sizeof length);
      const char* name = entries + at + kNameOffset;
      at += length;
      const Text text = text_of(name);
      if (equal(text, text_of(".")) || equal(text, text_of(".."))) continue;
      const long result = copy_entry(source, target, name, depth);
      if (result < 0) return result;
    }
  }
}

}  // namespace

Result copy_up(State& state, int source, int target, const Text& about) {
  Fd readable;
  long result = readable.take(sys::open(source, ".", O_RDONLY | O_DIRECTORY));
  const long mask = sys::call(__NR_umask, 0);
  if (result >= 0) result = copy_directory(readable.get(), target, 0);
  sys::call(__NR_umask, mask);
  return result < 0 ? failed(state, Step::kCopy, result, about) : kDone;
}

}  // namespace tsrun::init
