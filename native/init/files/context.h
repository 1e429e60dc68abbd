// A file system being configured by fsopen(2) and its kin.
#pragma once
#include "../state.h"

namespace tsrun::init {

class Context {
 public:
  explicit Context(State& state) : state_(state) {}
  Result open(const char* type);
  // fspick(2): an existing one, to be changed.
  Result pick(int mount, const Text& about);
  // "key=value" or "key".
  Result option(const Text& option);
  Result set(const char* key, const char* value);
  // MS_* flags of the superblock by their names.
  Result flags(uint64_t flags);
  Result create(const Text& about);
  Result reconfigure(const Text& about);
  // fsmount(2): the detached mount, with MOUNT_ATTR_* flags.
  Result mount(uint64_t attributes, Fd& mount, const Text& about);
  int fd() const { return fd_.get(); }

  // The longest key or value that fsconfig(2) takes (strndup_user in fs/fsopen.c).
  static constexpr uint32_t kLongest = 255;

 private:
  Result flag(const char* key);
  // The failure with what the kernel logged to the context in lines of their own.
  Result explain(Step step, long result, const Text& about);

  State& state_;
  Fd fd_;
};

}  // namespace tsrun::init
