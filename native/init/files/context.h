// A file system that is being configured with fsopen(2), fsconfig(2) and fsmount(2).
#pragma once
#include "../state.h"

namespace tsrun::init {

class Context {
 public:
  explicit Context(State& state) : state_(state) {}
  Result open(const char* type);
  // Reconfigures an existing file system with fspick(2).
  Result pick(int mount, const Text& about);
  // Sets "key=value" or "key".
  Result option(const Text& option);
  Result set(const char* key, const char* value);
  // Sets MS_* flags of the superblock by their names.
  Result flags(uint64_t flags);
  Result create(const Text& about);
  Result reconfigure(const Text& about);
  // Creates the detached mount with fsmount(2) and MOUNT_ATTR_* flags.
  Result mount(uint64_t attributes, Fd& mount, const Text& about);
  int fd() const { return fd_.get(); }

  // The longest key or value that fsconfig(2) takes (strndup_user in fs/fsopen.c).
  static constexpr uint32_t kLongest = 255;

 private:
  Result flag(const char* key);
  // Returns the failure, followed by the kernel's log of the context, one line per message.
  Result explain(Step step, long result, const Text& about);

  State& state_;
  Fd fd_;
};

}  // namespace tsrun::init
