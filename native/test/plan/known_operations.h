// Every operation and the place of each field in its record, written by hand, to detect unintended changes of the table in
// src/protocol/operations/.
#pragma once
#include <vector>

#include "../../plan_decode.h"
// Must follow the types that it uses.
#include "protocol/operations.h"

namespace tsrun::test {

struct Field {
  const char* name;
  // Whether the field is 1, or not empty.
  bool (*set)(const plan::Operation&);
};

struct KnownOperation {
  uint16_t id;
  plan::Op op;
  const char* name;
  std::vector<Field> numbers, texts;
};

#define N(Type, field, name)                                                                                    \
  {                                                                                                             \
    name, [](const plan::Operation& o) { return static_cast<int64_t>(plan::operations::Type(o).field()) == 1; } \
  }
#define T(Type, field, name)                                                                  \
  {                                                                                           \
    name, [](const plan::Operation& o) { return !plan::operations::Type(o).field().empty(); } \
  }

inline const std::vector<KnownOperation>& known_operations() {
  using plan::Op;
  static const std::vector<KnownOperation> known = {
      {1, Op::kUnshare, "unshare", {N(Unshare, namespaces, "namespaces")}, {}},
      {2,
       Op::kJoinNamespace,
       "joinNamespace",
       {N(JoinNamespace, fd, "fd"), N(JoinNamespace, namespace_, "namespace")},
       {T(JoinNamespace, path, "path")}},
      {3, Op::kJoinProcess, "joinProcess", {N(JoinProcess, pidfd, "pidfd"), N(JoinProcess, namespaces, "namespaces")}, {}},
      {4, Op::kBecomeRoot, "becomeRoot", {}, {}},
      {5, Op::kRespawn, "respawn", {N(Respawn, clone_flags, "cloneFlags")}, {}},
      {6, Op::kTimeOffsets, "timeOffsets", {}, {T(TimeOffsets, offsets, "offsets")}},
      {7, Op::kSync, "sync", {N(Sync, point, "point")}, {}},
      {8, Op::kNewSession, "newSession", {N(NewSession, terminal, "terminal")}, {}},
      {9, Op::kHostname, "hostname", {}, {T(Hostname, name, "name")}},
      {10, Op::kDomainname, "domainname", {}, {T(Domainname, name, "name")}},
      {11, Op::kLoopbackUp, "loopbackUp", {}, {}},
      {12, Op::kSysctl, "sysctl", {}, {T(Sysctl, path, "path"), T(Sysctl, value, "value")}},
      {22, Op::kNextPlan, "nextPlan", {N(NextPlan, reserved, "reserved")}, {}},
      {23, Op::kReaper, "reaper", {N(Reaper, hierarchy, "hierarchy")}, {T(Reaper, directory, "directory"), T(Reaper, parents, "parents")}},
      {32, Op::kRootPropagation, "rootPropagation", {N(RootPropagation, propagation, "propagation")}, {}},
      {33, Op::kRootfs, "rootfs", {N(Rootfs, fd, "fd"), N(Rootfs, recursive, "recursive")}, {T(Rootfs, path, "path")}},
      {34,
       Op::kOverlay,
       "overlay",
       {N(Overlay, memory, "memory"), N(Overlay, size, "size"), N(Overlay, userxattr, "userxattr")},
       {T(Overlay, lowers, "lowers"), T(Overlay, directory, "directory"), T(Overlay, target, "target"), T(Overlay, label, "label")}},
      {37,
       Op::kDevice,
       "device",
       {N(Device, mode, "mode"), N(Device, major, "major"), N(Device, minor, "minor"), N(Device, uid, "uid"), N(Device, gid, "gid"),
        N(Device, bind, "bind"), N(Device, covers, "covers")},
       {T(Device, path, "path")}},
      {38, Op::kSymlink, "symlink", {}, {T(Symlink, target, "target"), T(Symlink, path, "path"), T(Symlink, cover, "cover")}},
      {39, Op::kPivotRoot, "pivotRoot", {}, {}},
      {40, Op::kMoveRoot, "moveRoot", {}, {}},
      {41, Op::kChangeRoot, "changeRoot", {}, {T(ChangeRoot, path, "path")}},
      {42, Op::kRootAttributes, "rootAttributes", {N(RootAttributes, set, "set"), N(RootAttributes, propagation, "propagation")}, {}},
      {43, Op::kMask, "mask", {}, {T(Mask, path, "path"), T(Mask, label, "label")}},
      {44, Op::kReadonlyPath, "readonlyPath", {}, {T(ReadonlyPath, path, "path")}},
      {45, Op::kSourceProof, "sourceProof", {N(SourceProof, fd, "fd")}, {}},
      {46, Op::kOwnMounts, "ownMounts", {}, {T(OwnMounts, path, "path")}},
      {35,
       Op::kMount,
       "mount",
       {N(Mount, options, "options"), N(Mount, superblock, "superblock"), N(Mount, set, "set"), N(Mount, clear, "clear"),
        N(Mount, recursive_set, "recursiveSet"), N(Mount, recursive_clear, "recursiveClear"), N(Mount, propagation, "propagation"),
        N(Mount, idmap, "idmap")},
       {T(Mount, type, "type"), T(Mount, source, "source"), T(Mount, destination, "destination"), T(Mount, data, "data")}},
      {36, Op::kPropagation, "propagation", {N(Propagation, propagation, "propagation")}, {T(Propagation, destination, "destination")}},
      {13, Op::kOomScoreAdj, "oomScoreAdj", {N(OomScoreAdj, value, "value")}, {}},
      {14,
       Op::kRlimit,
       "rlimit",
       {N(Rlimit, resource, "resource"), N(Rlimit, soft, "soft"), N(Rlimit, hard, "hard"), N(Rlimit, raise, "raise")},
       {T(Rlimit, name, "name")}},
      {16, Op::kPersonality, "personality", {N(Personality, persona, "persona")}, {}},
      {17,
       Op::kScheduler,
       "scheduler",
       {N(Scheduler, policy, "policy"), N(Scheduler, nice, "nice"), N(Scheduler, priority, "priority"),
        N(Scheduler, sched_flags, "schedFlags"), N(Scheduler, runtime, "runtime"), N(Scheduler, deadline, "deadline"),
        N(Scheduler, period, "period")},
       {}},
      {18, Op::kIoPriority, "ioPriority", {N(IoPriority, value, "value")}, {}},
      {19,
       Op::kMemoryPolicy,
       "memoryPolicy",
       {N(MemoryPolicy, mode, "mode"), N(MemoryPolicy, max_node, "maxNode")},
       {T(MemoryPolicy, node_mask, "nodeMask")}},
      {20, Op::kCpuAffinity, "cpuAffinity", {}, {T(CpuAffinity, mask, "mask")}},
      {21, Op::kParentDeathSignal, "parentDeathSignal", {N(ParentDeathSignal, signal, "signal")}, {}},
      {64,
       Op::kTerminal,
       "terminal",
       {N(Terminal, socket, "socket"), N(Terminal, rows, "rows"), N(Terminal, columns, "columns"),
        N(Terminal, mount_console, "mountConsole"), N(Terminal, uid, "uid"), N(Terminal, gid, "gid"),
        N(Terminal, plain_lines, "plainLines"), N(Terminal, controlling, "controlling")},
       {}},
      {65, Op::kWorkingDirectory, "workingDirectory", {}, {T(WorkingDirectory, path, "path")}},
      {66,
       Op::kFindExecutable,
       "findExecutable",
       {N(FindExecutable, home, "home"), N(FindExecutable, uid, "uid")},
       {T(FindExecutable, name, "name"), T(FindExecutable, search_path, "searchPath")}},
      {67, Op::kReady, "ready", {N(Ready, listener, "listener")}, {}},
      {68,
       Op::kHook,
       "hook",
       {N(Hook, index, "index"), N(Hook, timeout, "timeout"), N(Hook, home, "home")},
       {T(Hook, path, "path"), T(Hook, args, "args"), T(Hook, environment, "environment"), T(Hook, state, "state")}},
      {70,
       Op::kUser,
       "user",
       {N(User, uid, "uid"), N(User, gid, "gid"), N(User, umask, "umask"), N(User, set_groups, "setGroups")},
       {T(User, groups, "groups")}},
      {75, Op::kStandardStreams, "standardStreams", {N(StandardStreams, uid, "uid")}, {}},
      {76, Op::kExecute, "execute", {N(Execute, preserve, "preserve")}, {T(Execute, args, "args"), T(Execute, environment, "environment")}},
      {15, Op::kKeyring, "keyring", {}, {T(Keyring, name, "name"), T(Keyring, label, "label")}},
      {69, Op::kBoundingSet, "boundingSet", {N(BoundingSet, mask, "mask")}, {}},
      {71,
       Op::kCapabilities,
       "capabilities",
       {N(Capabilities, effective, "effective"), N(Capabilities, permitted, "permitted"), N(Capabilities, inheritable, "inheritable"),
        N(Capabilities, ambient, "ambient")},
       {}},
      {72, Op::kNoNewPrivileges, "noNewPrivileges", {}, {}},
      {73,
       Op::kSeccomp,
       "seccomp",
       {N(Seccomp, filter_flags, "filterFlags"), N(Seccomp, listener, "listener")},
       {T(Seccomp, filter, "filter")}},
      {74,
       Op::kSecurityAttribute,
       "securityAttribute",
       {},
       {T(SecurityAttribute, attribute, "attribute"), T(SecurityAttribute, value, "value")}},
  };
  return known;
}

#undef N
#undef T

}  // namespace tsrun::test
