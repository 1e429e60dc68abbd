// Functions that need root and change the kernel's state: idmapped mounts, device programs, limits.
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>

#include "../../core/fd.h"
#include "../../core/integer_of.h"
#include "../../core/kernel.h"
#include "check.h"

namespace tsrun::test {
namespace {

void integers() {
  int64_t to = 0;
  check(integer_of(2147483647.0, Kind::kInteger, &to) && to == 2147483647, "the largest int");
  check(integer_of(-2147483648.0, Kind::kInteger, &to) && to == -2147483648LL, "the smallest int");
  // Descriptor 1, signal 9 and a time of 704 ms, each with 2^32 added.
  for (const double number : {4294967297.0, 4294967305.0, 4294968000.0, 2147483648.0, -2147483649.0, 0.5}) {
    check(!integer_of(number, Kind::kInteger, &to), "a number that would be truncated to an int is rejected");
  }
  check(integer_of(4294967295.0, Kind::kId, &to) && !integer_of(4294967296.0, Kind::kId, &to) && !integer_of(-1, Kind::kId, &to),
        "ids are 32 bits");
  check(integer_of(4294968000.0, Kind::kLong, &to) && to == 4294968000LL, "a long time is not truncated");
  check(!integer_of(9007199254740992.0, Kind::kLong, &to) && !integer_of(std::nan(""), Kind::kLong, &to),
        "no integer that a double may have rounded");
}

void limits() {
  check(error_of(invoke("raiseLimit", {number(0), number(RLIMIT_CORE), text("18446744073709551616")})) == EINVAL &&
            error_of(invoke("raiseLimit", {number(0), number(RLIMIT_CORE), text("-1")})) == EINVAL &&
            error_of(invoke("raiseLimit", {number(0), number(RLIMIT_CORE), text("")})) == EINVAL,
        "a limit that is no uint64 is EINVAL");
  rlimit before = {};
  rlimit now = {};
  ::getrlimit(RLIMIT_CORE, &before);
  const Outcome raised = invoke("raiseLimit", {number(::getpid()), number(RLIMIT_CORE), text("18446744073709551615")});
  ::getrlimit(RLIMIT_CORE, &now);
  check(!succeeded(raised) || now.rlim_max == RLIM_INFINITY, "2^64 - 1 means no limit");
  check(now.rlim_cur == before.rlim_cur, "the soft limit is unchanged");
  check(succeeded(invoke("raiseLimit", {number(0), number(RLIMIT_CORE), text("0")})), "no limit is lowered");
  rlimit after = {};
  ::getrlimit(RLIMIT_CORE, &after);
  check(after.rlim_cur == now.rlim_cur && after.rlim_max == now.rlim_max, "lowering changes nothing");
  check(error_of(invoke("raiseLimit", {number(0), number(1000), text("1")})) == EINVAL, "an unknown resource is EINVAL");
}

// A user namespace that nothing of native/core has made. It outlives its only process.
Fd user_namespace() {
  int ready[2] = {};
  if (::pipe2(ready, O_CLOEXEC) < 0) return Fd();
  const Fd reader(ready[0]);
  const Fd writer(ready[1]);
  const int pid = ::fork();
  if (pid == 0) {
    const char made = ::unshare(CLONE_NEWUSER) == 0 ? 1 : 0;
    if (::write(writer.get(), &made, 1) == 1) ::pause();
    ::_exit(1);
  }
  const std::string proc = "/proc/" + std::to_string(pid) + "/";
  const auto mapped = [&](const char* map) {
    const Fd file(::open((proc + map).c_str(), O_WRONLY | O_CLOEXEC));
    return ::write(file.get(), "0 0 1\n", 6) == 6;
  };
  char made = 0;
  const bool ready_to_use = ::read(reader.get(), &made, 1) == 1 && made == 1 && mapped("uid_map") && mapped("gid_map");
  Fd space(ready_to_use ? ::open((proc + "ns/user").c_str(), O_RDONLY | O_CLOEXEC) : -1);
  ::kill(pid, SIGKILL);
  ended(pid);
  return space;
}

// Asks the kernel itself, so that a bug in native/core is not taken for a file system without idmapped mounts: a tmpfs before Linux 6.3, an
// overlay, 9p.
bool has_idmapped_mounts(const Directory& directory) {
  const Fd space = user_namespace();
  const Fd mount(static_cast<int>(::syscall(kernel::kOpenTree, AT_FDCWD, directory.path().c_str(), kernel::kOpenTreeClone | O_CLOEXEC)));
  if (!check(space.get() >= 0 && mount.get() >= 0, "what idmapped mounts are tried with is made")) return false;
  kernel::MountAttributes attributes;
  attributes.set = kernel::kMountAttrIdmap;
  attributes.user_namespace = static_cast<uint64_t>(space.get());
  return kernel::mount_setattr(mount.get(), "", AT_EMPTY_PATH, attributes) == 0 || errno != EINVAL;
}

std::string no_idmapped_mounts(const Directory& directory) {
  return "this kernel makes none of the file system of " + directory.path() + "; set TMPDIR to a directory of ext4, XFS or btrfs";
}

void idmapped() {
  const Directory directory;
  const std::string file = directory.path("file");
  { const Fd created(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); }
  const Outcome space = invoke("makeUserNamespace", {text("0 100000 65536\n"), text("0 200000 65536\n")});
  if (!check(succeeded(space), "a user namespace is created")) return;
  const Fd user(static_cast<int>(integer_of(space)));
  check(error_of(invoke("makeUserNamespace", {text("nonsense"), text("0 0 1\n")})) == EINVAL, "an invalid map is rejected");
  const Fd self(kernel::pidfd_open(::getpid()));
  const Fd mount(
      static_cast<int>(integer_of(invoke("cloneMount", {number(::getpid()), number(self.get()), directory.path(), false, true}))));
  if (!has_idmapped_mounts(directory)) {
    skipped("idmapped mounts", no_idmapped_mounts(directory));
    return;
  }
  check(succeeded(invoke("idmapMount", {number(mount.get()), number(user.get()), false})), "a mount is idmapped");
  struct stat s = {};
  check(::fstatat(mount.get(), "file", &s, 0) == 0 && s.st_uid == 100000 && s.st_gid == 200000, "the mount's owners are mapped");
}

// An overlay of two layers, each with a file of root; `upper` has a file of its own.
void mapped_overlays() {
  const Outcome space = invoke("makeUserNamespace", {text("0 100000 65536\n"), text("0 200000 65536\n")});
  if (!check(succeeded(space), "a user namespace for an overlay is created")) return;
  const Fd user(static_cast<int>(integer_of(space)));
  const Directory directory;
  if (!has_idmapped_mounts(directory)) {
    skipped("overlays with mapped layers", no_idmapped_mounts(directory));
    return;
  }
  for (const char* name : {"one", "two", "place"}) ::mkdir(directory.path(name).c_str(), 0755);
  for (const char* name : {"one/a", "two/b"}) {
    const Fd created(::open(directory.path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }
  const std::string place = directory.path("place");
  const auto overlay = [&](const TextList& layers, const std::string& data) {
    return invoke("overlayMapped", {layers, number(user.get()), place, number(MS_RDONLY), data});
  };
  const TextList layers = {directory.path("one"), directory.path("two")};
  const Outcome made = overlay(layers, "");
  if (!check(succeeded(made), "an overlay with mapped layers is made")) return;
  const Fd mount(static_cast<int>(integer_of(made)));
  struct stat s = {};
  for (const char* name : {"a", "b"})
    check(::fstatat(mount.get(), name, &s, 0) == 0 && s.st_uid == 100000 && s.st_gid == 200000, "the owners in each layer are mapped");
  check(::faccessat(AT_FDCWD, (place + "/0").c_str(), F_OK, 0) < 0, "the mounts that it was made with are not seen here");
  check(succeeded(invoke("attachMount", {number(mount.get()), place})), "it is attached");
  check(::stat((place + "/a").c_str(), &s) == 0 && s.st_uid == 100000, "and is seen then");
  check(::umount2(place.c_str(), MNT_DETACH) == 0, "it is unmounted");

  check(error_of(overlay({directory.path("one"), directory.path("absent")}, "")) == ENOENT, "a missing layer is ENOENT");
  check(call_of(overlay({"/proc", directory.path("one")}, "")) == "mount_setattr", "a layer that cannot be mapped is named by its call");
  check(error_of(overlay({std::string("/\0x", 3)}, "")) == EINVAL, "a NUL in a layer is EINVAL");
  check(error_of(overlay(layers, std::string(5000, 'x'))) == E2BIG, "more than a page of options is E2BIG");
  check(error_of(overlay(layers, "nonsense=1")) == EINVAL, "options that the overlay does not know are EINVAL");
  check(!succeeded(overlay({}, "")), "no layers are an error");
  check(error_of(invoke("attachMount", {number(mount.get()), directory.path("absent")})) == ENOENT, "a missing target is ENOENT");

  const Outcome bound = invoke("cloneOwnMount", {directory.path("one"), false});
  const Fd clone(static_cast<int>(integer_of(bound)));
  check(::fstatat(clone.get(), "a", &s, 0) == 0 && s.st_uid == 0, "a directory is cloned as a mount");
  check(error_of(invoke("cloneOwnMount", {directory.path("absent"), false})) == ENOENT, "a missing one is ENOENT");
}

// Returns the mount point of cgroup v2, or an empty string.
std::string cgroup_mount() {
  constexpr long kMagic = 0x63677270;
  for (const char* path : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    struct statfs s = {};
    if (::statfs(path, &s) == 0 && s.f_type == kMagic) return path;
  }
  return "";
}

Bytes answering(int value) {
  bpf_insn code[2] = {};
  code[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  code[0].imm = value;
  code[1].code = BPF_JMP | BPF_EXIT;
  Bytes bytes(sizeof code);
  std::memcpy(bytes.data(), code, sizeof code);
  return bytes;
}

// Whether a process in the cgroup can open /dev/null.
bool opens(const std::string& cgroup) {
  const int pid = ::fork();
  if (pid != 0) return ended(pid) == 0;
  {
    const Fd procs(::open((cgroup + "/cgroup.procs").c_str(), O_WRONLY));
    if (::write(procs.get(), "0", 1) != 1) ::_exit(2);
  }
  ::_exit(::open("/dev/null", O_RDWR) >= 0 ? 0 : 1);
}

Outcome attach(const Fd& cgroup, int answer, bool replace) {
  Outcome loaded = invoke("loadDeviceProgram", {answering(answer)});
  if (!succeeded(loaded)) return loaded;
  const Fd program(static_cast<int>(integer_of(loaded)));
  return invoke("attachDeviceProgram", {number(cgroup.get()), number(program.get()), replace});
}

void device_programs() {
  const std::string mount = cgroup_mount();
  if (mount.empty()) return;
  const std::string path = mount + "/tsrun-core-test-" + std::to_string(::getpid());
  if (!check(::mkdir(path.c_str(), 0755) == 0, "a cgroup is created")) return;
  {
    const Fd cgroup(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    check(succeeded(attach(cgroup, 0, false)), "a program is attached");
    check(!opens(path), "the attached program denies");
    check(succeeded(attach(cgroup, 1, true)), "the program is replaced");
    check(opens(path), "the new program allows");
    check(succeeded(attach(cgroup, 0, false)), "another program is added");
    check(!opens(path), "the added program denies");
    check(succeeded(attach(cgroup, 1, true)), "both programs are replaced");
    check(opens(path), "one program is left");
    const Outcome refused = invoke("loadDeviceProgram", {Bytes(16, 0)});
    check(call_of(refused) == "BPF_PROG_LOAD" && !std::get<Failure>(refused).subject.empty(), "the verifier's log is in the error");
  }
  check(::rmdir(path.c_str()) == 0, "the cgroup is removed");
}

}  // namespace

void kernel_tests() {
  integers();
  limits();
  if (!is_root()) return;
  idmapped();
  mapped_overlays();
  device_programs();
}

}  // namespace tsrun::test
