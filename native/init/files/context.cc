#include "context.h"

#include <linux/mount.h>

namespace tsrun::init {

Result Context::open(const char* type) {
  const long result = fd_.take(sys::call(__NR_fsopen, type, FSOPEN_CLOEXEC));
  return result < 0 ? failed(state_, Step::kContext, result, text_of(type)) : kDone;
}

Result Context::pick(int mount, const Text& about) {
  const long result = fd_.take(sys::call(__NR_fspick, mount, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
  return result < 0 ? failed(state_, Step::kContext, result, about) : kDone;
}

Result Context::flag(const char* key) {
  const long result = sys::call(__NR_fsconfig, fd_.get(), FSCONFIG_SET_FLAG, key, nullptr, 0);
  return result < 0 ? explain(Step::kOption, result, text_of(key)) : kDone;
}

Result Context::set(const char* key, const char* value) {
  const long result = sys::call(__NR_fsconfig, fd_.get(), FSCONFIG_SET_STRING, key, value, 0);
  if (result == 0) return kDone;
  Path option;
  option.add(key).add("=").add_some(text_of(value));
  return explain(Step::kOption, result, option.text());
}

Result Context::option(const Text& option) {
  const uint32_t split = find(option, '=');
  Chars<kLongest + 1> key;
  if (key.add(Text{option.data, split}).full()) return failed(state_, Step::kOption, -EINVAL, option);
  return split == option.size ? flag(key.c_str()) : set(key.c_str(), option.data + split + 1);
}

Result Context::flags(uint64_t flags) {
  // common_set_sb_flag in fs/fs_context.c. MS_SILENT only matters for mount(2): contexts log to their own descriptor.
  constexpr struct {
    uint64_t flag;
    const char* name;
  } kNames[] = {{MS_RDONLY, "ro"}, {MS_SYNCHRONOUS, "sync"}, {MS_DIRSYNC, "dirsync"}, {MS_MANDLOCK, "mand"}, {MS_LAZYTIME, "lazytime"}};
  for (const auto& [bit, name] : kNames) {
    if ((flags & bit) == 0) continue;
    const Result result = flag(name);
    if (result.failed()) return result;
  }
  return kDone;
}

Result Context::create(const Text& about) {
  const long result = sys::call(__NR_fsconfig, fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  return result < 0 ? explain(Step::kSuperblock, result, about) : kDone;
}

Result Context::reconfigure(const Text& about) {
  const long result = sys::call(__NR_fsconfig, fd_.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0);
  return result < 0 ? explain(Step::kSuperblock, result, about) : kDone;
}

Result Context::mount(uint64_t attributes, Fd& mount, const Text& about) {
  const long result = mount.take(sys::call(__NR_fsmount, fd_.get(), FSMOUNT_CLOEXEC, attributes));
  return result < 0 ? explain(Step::kDetached, result, about) : kDone;
}

Result Context::explain(Step step, long result, const Text& about) {
  const Result failure = failed(state_, step, result, about);
  // Each read(2) returns one message, prefixed with "e ", "w " or "i ", and ENODATA when there are no more.
  char line[256];
  for (;;) {
    const long size = sys::read(fd_.get(), line, sizeof line);
    if (size <= 2) return failure;
    const uint32_t length = static_cast<uint32_t>(size) - (line[size - 1] == '\n' ? 1 : 0);
    if (line[0] != 'i' && length > 2) state_.about.add_some(text_of("\n")).add_some(Text{line + 2, length - 2});
  }
}

}  // namespace tsrun::init
