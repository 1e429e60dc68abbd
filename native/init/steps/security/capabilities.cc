#include <linux/capability.h>
#include <linux/prctl.h>

#include "../../steps.h"

namespace tsrun::init::steps {

Result bounding_set(State& state, const operations::BoundingSet& o) {
  const auto kept = o.mask();
  for (int capability = 0; capability < 64; ++capability) {
    if (((kept >> capability) & 1) != 0) continue;
    const long result = sys::call(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    // EINVAL: past the last capability that the kernel knows.
    if (result == -EINVAL) break;
    if (result < 0) return failed(state, Step::kBounding, result);
  }
  return kDone;
}

Result capabilities(State& state, const operations::Capabilities& o) {
  const auto effective = o.effective();
  const auto permitted = o.permitted();
  const auto inheritable = o.inheritable();
  const auto ambient = o.ambient();
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; ++i) {
    data[i].effective = static_cast<uint32_t>(effective >> (32 * i));
    data[i].permitted = static_cast<uint32_t>(permitted >> (32 * i));
    data[i].inheritable = static_cast<uint32_t>(inheritable >> (32 * i));
  }
  long result = sys::call(__NR_capset, &header, data);
  if (result < 0) return failed(state, Step::kCapset, result);
  result = sys::call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (result < 0) return failed(state, Step::kAmbient, result);
  for (int capability = 0; capability < 64; ++capability) {
    if (((ambient >> capability) & 1) == 0) continue;
    result = sys::call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
    if (result < 0) return failed(state, Step::kAmbient, result);
  }
  return kDone;
}

Result no_new_privileges(State& state, const operations::NoNewPrivileges&) {
  const long result = sys::call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return result < 0 ? failed(state, Step::kNone, result) : kDone;
}

}  // namespace tsrun::init::steps
