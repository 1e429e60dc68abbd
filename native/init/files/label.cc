#include "label.h"

namespace tsrun::init {

bool is_label(const Text& option) {
  const Text suffix = text_of("context");
  const uint32_t end = find(option, '=');
  return end >= suffix.size && end < option.size && equal({option.data + end - suffix.size, suffix.size}, suffix);
}

void add_quoted(Buffer& data, const Text& option) {
  const uint32_t value = find(option, '=') + 1;
  data.add({option.data, value}).add("\"").add({option.data + value, option.size - value}).add("\"");
}

Result label_root(State& state, int mount, const Text& options) {
  const Text key = text_of("context=");
  plan::Entries entries(options);
  for (Text option; entries.next(option);) {
    if (!starts_with(option, key)) continue;
    // The descriptor from fsmount(2) is O_PATH, which cannot set attributes.
    Fd root;
    long result = root.take(sys::open(mount, ".", O_RDONLY | O_DIRECTORY));
    if (result >= 0) result = sys::call(__NR_fsetxattr, root.get(), "security.selinux", option.data + key.size, option.size - key.size, 0);
    if (result < 0) return failed(state, Step::kLabel, result, option);
  }
  return kDone;
}

}  // namespace tsrun::init
