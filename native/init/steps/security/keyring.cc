#include <linux/keyctl.h>

#include "../../files/procfs.h"
#include "../../steps.h"

namespace tsrun::init::steps {
namespace {

long keyctl(int command, long a, long b, long c) { return sys::call(__NR_keyctl, command, a, b, c); }

// Parses keyctl_describe(3): "type;uid;gid;permissions;description", with hexadecimal permissions.
long permissions_of(long keyring, uint32_t& permissions) {
  char text[256];
  const long size = keyctl(KEYCTL_DESCRIBE, keyring, sys::word(text), sizeof text);
  if (size < 0) return size;
  const Text described = {text, static_cast<uint32_t>(size < long{sizeof text} ? size : long{sizeof text})};
  uint32_t at = 0;
  for (int field = 0; field < 3; ++field) at = find(described, ';', at) + 1;
  const uint32_t end = find(described, ';', at);
  permissions = 0;
  for (; at < end; ++at) {
    const char c = text[at];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return -EINVAL;
    permissions = permissions * 16 + static_cast<uint32_t>(digit);
  }
  return 0;
}

}  // namespace

// Gives the container its own session keyring, so that it does not have its caller's keys.
Result keyring(State& state, const operations::Keyring& o) {
  const Text& name = o.name();
  const Text& label = o.label();
  if (!label.empty()) {
    const Result result = write_own(state, "attr/keycreate", label);
    if (result.failed()) return result;
  }
  const long keyring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, sys::word(name.data), 0, 0);
  if (keyring < 0) return failed(state, Step::kCreate, keyring, name);
  // As in runc, the user may search the keyring: processes that join the container later need that to find keys.
  constexpr uint32_t kUserSearch = 0x00080000;
  uint32_t permissions = 0;
  long result = permissions_of(keyring, permissions);
  if (result == 0) result = keyctl(KEYCTL_SETPERM, keyring, static_cast<long>(permissions | kUserSearch), 0);
  if (result < 0) return failed(state, Step::kMode, result, name);
  return label.empty() ? kDone : write_own(state, "attr/keycreate", {});
}

}  // namespace tsrun::init::steps
