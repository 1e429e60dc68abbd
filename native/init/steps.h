// One function for each operation; plan_format.h says what it does and what it carries.
#pragma once
#include "state.h"

namespace tsrun::init::steps {

Result unshare(State&, const Operation&);
Result join_namespace(State&, const Operation&);
Result join_process(State&, const Operation&);
Result become_root(State&, const Operation&);
Result respawn(State&, const Operation&);
Result time_offsets(State&, const Operation&);
Result sync(State&, const Operation&);
Result new_session(State&, const Operation&);
Result hostname(State&, const Operation&);
Result domainname(State&, const Operation&);
Result loopback_up(State&, const Operation&);
Result sysctl(State&, const Operation&);
Result oom_score_adj(State&, const Operation&);
Result rlimit(State&, const Operation&);
Result keyring(State&, const Operation&);
Result personality(State&, const Operation&);
Result scheduler(State&, const Operation&);
Result io_priority(State&, const Operation&);
Result memory_policy(State&, const Operation&);
Result cpu_affinity(State&, const Operation&);
Result parent_death_signal(State&, const Operation&);
Result next_plan(State&, const Operation&);
Result reaper(State&, const Operation&);

Result root_propagation(State&, const Operation&);
Result rootfs(State&, const Operation&);
Result overlay(State&, const Operation&);
Result mount(State&, const Operation&);
Result propagation(State&, const Operation&);
Result device(State&, const Operation&);
Result symlink(State&, const Operation&);
Result pivot_root(State&, const Operation&);
Result move_root(State&, const Operation&);
Result change_root(State&, const Operation&);
Result root_attributes(State&, const Operation&);
Result mask(State&, const Operation&);
Result readonly_path(State&, const Operation&);

Result terminal(State&, const Operation&);
Result working_directory(State&, const Operation&);
Result find_executable(State&, const Operation&);
Result ready(State&, const Operation&);
Result hook(State&, const Operation&);
Result bounding_set(State&, const Operation&);
Result user(State&, const Operation&);
Result capabilities(State&, const Operation&);
Result no_new_privileges(State&, const Operation&);
Result seccomp(State&, const Operation&);
Result security_attribute(State&, const Operation&);
Result standard_streams(State&, const Operation&);
Result execute(State&, const Operation&);

}  // namespace tsrun::init::steps
