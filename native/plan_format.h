// The plan: what TypeScript decided and tsrun-init obeys. Little-endian, flat, bounds-checked by plan_decode.cc before the first
// operation is executed. src/protocol/operations.ts is the same list; a unit test compares the two.
//
//   offset        bytes  field
//   0             4      magic 'PLAN'
//   4             4      version
//   8             4      size of the whole plan
//   12            4      count of operations
//   16            104*n  operation records
//   16+104*n      ...    arena: texts; each is followed by one NUL that does not count in its length
//
// A record:
//   0             2      Op
//   2             2      zero
//   4             4      zero
//   8             64     8 signed integers; one that does not fit the C type of its field is refused, never cut
//   72            32     4 texts, each {u32 offset from the start of the plan, u32 length}; an absent text is {0, 0}
//
// A list of texts is one text in which every entry is followed by a NUL.
#pragma once
#include <cstdint>

namespace tsrun::plan {

constexpr uint32_t kMagic = 0x4e414c50;
constexpr uint32_t kVersion = 1;
constexpr uint32_t kHeaderSize = 16;
constexpr uint32_t kRecordSize = 104;
constexpr uint32_t kMaxOperations = 65536;
constexpr uint32_t kMaxSize = 64u << 20;

enum class Op : uint16_t {
  // ---- namespaces and identity ----
  kUnshare = 1,        // n0 namespaces: unshare(2) (cgroup, time: they must be made after the birth in the cgroup / before the offsets)
  kJoinNamespace = 2,  // n0 fd, n1 namespace type: setns(2); s0 its path, for the report
  kJoinProcess = 3,    // n0 pidfd, n1 namespaces: one setns(2) on the pidfd (5.8)
  kBecomeRoot = 4,     // ids 0:0 of the user namespace (setresgid, setresuid), ambient capabilities cleared
  kRespawn = 5,        // n0 flags: clone3(CLONE_PARENT | n0) or clone(2), reported by the first; the second goes on after the reply
  kTimeOffsets = 6,    // unshare(CLONE_NEWTIME), s0 written to timens_offsets, setns to time_for_children
  kSync = 7,           // n0 point: report kSync, wait for the reply
  kNewSession = 8,     // setsid(2); EPERM (already a leader) is fine; n0 1: takes the terminal at 0
  kHostname = 9,       // s0
  kDomainname = 10,    // s0
  kLoopbackUp = 11,    // SIOCSIFFLAGS IFF_UP on lo
  kSysctl = 12,        // s0 path below /proc/sys (slashes), s1 value; through the host's procfs
  kOomScoreAdj = 13,   // n0
  kRlimit = 14,        // n0 resource, n1 soft, n2 hard (unsigned), n3 only raise the hard limit; s0 name
  kKeyring = 15,       // s0 name of the new session keyring, s1 SELinux label for it or empty
  kPersonality = 16,   // n0
  kScheduler = 17,     // n0 policy, n1 nice, n2 priority, n3 flags, n4 runtime, n5 deadline, n6 period: sched_setattr(2)
  kIoPriority = 18,    // n0 ioprio value: ioprio_set(2) of this process
  kMemoryPolicy = 19,  // n0 mode|flags, n1 maxnode, s0 the mask (little-endian words): set_mempolicy(2)
  kCpuAffinity = 20,   // s0 the mask, bytes; empty: all that the cpuset allows
  kParentDeathSignal = 21,  // n0 signal
  kNextPlan = 22,           // n0 placeholders: report kReady with the rootfs, receive descriptors and the plan that takes this one's place
  kReaper = 23,  // at the end of the socket: rmdir s0 with the directories in it, and the list s1, all below the cgroup hierarchy n0
                 // and only where they have our claim; the process ends

  // ---- the root file system and mounts; destinations are resolved inside the rootfs by openat2(RESOLVE_IN_ROOT) ----
  kRootPropagation = 32,  // n0 MS_* flags: mount(NULL, "/", NULL, flags)
  kRootfs = 33,   // s0 path (or n0 fd of a detached mount, else -1) cloned (n1 recursive) and attached over s0; becomes "the rootfs"
  kOverlay = 34,  // s0 list of lower layers, topmost first; s1 directory of `upper` and `work`, or n0=1: tmpfs of n1 bytes (0: default);
                  // n2 userxattr; s2 directory to mount on; becomes the source of the following kRootfs when its path is s2; s3 SELinux
                  // label of everything in it, or empty
  kMount = 35,    // n0 MountOption, n1 superblock flags (MS_RDONLY, MS_SYNCHRONOUS, ...), n2 MOUNT_ATTR_ set, n3 clear,
                  // n4 recursive set, n5 recursive clear, n6 MS_ propagation or 0, n7 -1, or the id map in tsrun's list;
                  // s0 type, s1 source, s2 destination, s3 list of data options ("key=value" or "key")
  kPropagation = 36,  // n0 MS_ propagation flags, s0 destination: one more change of what is mounted there
  kDevice = 37,     // n0 mode with type, n1 major, n2 minor, n3 uid, n4 gid, n5 bind the host's node instead of mknod, n6 1: covers what is
                    // there and no such device, else that is EEXIST; s0 path
  kSymlink = 38,    // s0 target, s1 path; what is there already stays, covered by a bind of s2 where that is given and the link is another
  kPivotRoot = 39,  // pivot_root(".", ".") on the rootfs, the old root detached
  kMoveRoot = 40,   // --no-pivot: MS_MOVE and chroot, other mounts hidden first
  kChangeRoot = 41,      // no mount namespace of its own: chroot(2) to s0 only
  kRootAttributes = 42,  // n0 MOUNT_ATTR_ set on "/", n1 MS_ propagation or 0
  kMask = 43,            // s0 path: /dev/null over a file, the shared empty read-only directory over a directory; absent: nothing; s1 label
  kReadonlyPath = 44,    // s0 path: bound onto itself read-only, keeping its other flags; absent: nothing

  // ---- the process ----
  kTerminal = 64,          // n0 descriptor for the master (SCM_RIGHTS), n1 rows, n2 columns, n3 mount on /dev/console; n4 n5 owner,
                           // n6 1: lines end with a line feed alone; the peer becomes 0, 1, 2; n7 1: and the controlling terminal
  kWorkingDirectory = 65,  // s0; checked to be inside the root
  kFindExecutable = 66,  // s0 args[0], s1 PATH: resolves as execvp does, keeps the result for kExecute; n0 1: the environment has no HOME,
                         // so that of the user n1 in the container's /etc/passwd (a regular file, else "/") is appended by kExecute
  kReady = 67,           // report kReady, then wait: n0 -1: for a reply; else accept(2) on n0, whose peer says start and gets kReady again
  kHook = 68,            // n0 index, n1 timeout in ms or 0, n2 1: with HOME of kFindExecutable;
                         // s0 path, s1 args, s2 environment, s3 state JSON ("\x01" stands for getpid())
  kBoundingSet = 69,     // n0 mask of what stays
  kUser = 70,            // n0 uid, n1 gid, n2 umask or -1, n3 1: setgroups with s0 (u32 little-endian each); permitted capabilities survive
  kCapabilities = 71,    // n0 effective, n1 permitted, n2 inheritable, n3 ambient: capset(2), PR_CAP_AMBIENT
  kNoNewPrivileges = 72,
  kSeccomp = 73,            // n0 seccomp(2) flags, n1 1: ask for a listener and sync; s0 struct sock_filter[]
  kSecurityAttribute = 74,  // s0 "exec", "apparmor/exec", "keycreate", "sockcreate", "fscreate" below /proc/self/attr; s1 value
  kStandardStreams = 75,    // n0 uid: fchown of 0, 1, 2 to it, as runc (not /dev/null; EPERM, EINVAL, EROFS are fine)
  kExecute = 76,            // n0 first descriptor that is not kept; s0 args, s1 environment: execve of what kFindExecutable found
};

// What tsrun-init sends: this struct, kMessageSize bytes, perhaps with one descriptor.
// kGoing: the program is executed next; without it the end of the stream means that the process was killed. It comes before the seccomp filter where that does not
// allow the write, and failures may still follow.
enum class MessageType : uint32_t { kClosed = 0, kSync = 1, kFailure = 2, kRespawned = 3, kReady = 4, kHookFailed = 5, kGoing = 6 };

struct Message {
  uint32_t type;
  uint32_t operation;  // index in the plan; 0xffffffff: before the first
  uint32_t step;       // Step
  int32_t error;       // errno; kSync of the point seccompListener: the number of the listener's descriptor
  int64_t value;
  uint32_t text_length;
  uint32_t op;  // the Op itself, for a reader that does not have the plan (tsrun start); 0: none
  char text[480];
};
constexpr uint32_t kMessageSize = 512;
static_assert(sizeof(Message) == kMessageSize);

// What tsrun (or `tsrun start` on the listener) sends back: 4 bytes, 0 go on, else give up. At the point mountSource a detached mount comes along.
// `tsrun start` reads one Message: kFailure/kHookFailed, or the end of the stream once the user's program runs.

// What was being done inside an operation when it failed. src/protocol/steps.ts is the same list, with words.
enum class Step : uint32_t {
  kNone = 0,
  kResolve = 1,     // openat2 of the destination
  kCreate = 2,      // mkdirat / mknodat of the destination
  kSource = 3,      // open_tree or open of the source
  kContext = 4,     // fsopen
  kOption = 5,      // fsconfig of one option
  kSuperblock = 6,  // fsconfig CREATE
  kDetached = 7,    // fsmount
  kAttributes = 8,  // mount_setattr
  kAttach = 9,      // move_mount
  kPropagate = 10,  // mount(2) or mount_setattr for propagation
  kVerify = 11,     // something is not what it must be (file system type, device number)
  kOpen = 12,
  kWrite = 13,
  kOwner = 14,  // chown
  kMode = 15,   // chmod
  kPivot = 16,
  kDetachOld = 17,  // umount2 of the old root
  kChangeDirectory = 18,
  kOutside = 19,      // the working directory is outside the root
  kNotFound = 20,     // executable: in no directory of PATH
  kInterpreter = 21,  // executable: the program in its #! line or PT_INTERP is missing
  kNotExecutable = 22,
  kIsDirectory = 23,
  kExec = 24,  // execve itself
  kGroups = 25,
  kGid = 26,
  kUid = 27,
  kBounding = 28,
  kCapset = 29,
  kAmbient = 30,
  kSetns = 31,
  kUnshare = 32,
  kClone = 33,
  kSocket = 34,
  kIoctl = 35,
  kSend = 36,
  kSpawn = 37,
  kTimeout = 38,
  kStatus = 39,  // a hook's exit status
  kCopy = 40,    // tmpcopyup, copy-symlink
  kSymlinkInPath = 41,
  kGaveUp = 42,    // the other side said so or went away
  kPlan = 43,      // the plan did not decode
  kNoexec = 44,    // executable: on a noexec mount
  kLabel = 45,     // fsetxattr of security.selinux
  kOverRoot = 46,  // the path is the root of the rootfs, over which nothing can be mounted
};

}  // namespace tsrun::plan
