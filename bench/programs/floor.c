/*
 * The floor: the system calls that the default `runc spec` bundle needs from the kernel, and nothing else. It reads no configuration, keeps
 * no state, checks no paths, and exits on any error. The cost of a runtime is what it takes beyond this.
 *
 *   floor ROOTFS CGROUP_PARENT PROGRAM          one container; exit status of PROGRAM
 *   floor --serve ROOTFS CGROUP_PARENT PROGRAM  one container for each line on standard input; prints its nanoseconds
 *
 * The work: a cgroup with the default device rules as eBPF; one clone3(2) with CLONE_VM|CLONE_VFORK|CLONE_INTO_CGROUP and new pid, network, ipc, uts and mount
 * namespaces; a cgroup namespace; lo up; seven mounts; six devices and their links; pivot_root; masked and read-only paths; a
 * read-only root; hostname, limits, capabilities, no_new_privs; execve; wait; the cgroup removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *rootfs, *cgroup_parent, *program;

static void die(const char* what) {
  dprintf(2, "floor: %s: %s\n", what, strerror(errno));
  _exit(125);
}
#define MUST(call)              \
  do {                          \
    if ((call) < 0) die(#call); \
  } while (0)

/* The capabilities of the default bundle: audit_write, kill, net_bind_service. */
static const uint32_t kept_low = 1u << 29 | 1u << 5 | 1u << 10;

static void allow_default_devices(int cgroup) {
  /* Checks of device access, as generated for the rules of the default bundle: each rule compares type, access, major and minor. */
  struct rule {
    int type, major, minor, access;
  } rules[] = {{1, -1, -1, 1}, {2, -1, -1, 1}, {2, 1, 3, 7}, {2, 1, 8, 7},    {2, 1, 7, 7}, {2, 5, 0, 7},
               {2, 1, 5, 7},   {2, 1, 9, 7},   {2, 5, 1, 7}, {2, 136, -1, 7}, {2, 5, 2, 7}, {2, 10, 200, 7}};
  struct bpf_insn code[256];
  int n = 0;
#define EMIT(...) code[n++] = (struct bpf_insn){__VA_ARGS__}
  EMIT(.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 2, .src_reg = 1, .off = 0);
  EMIT(.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 3, .src_reg = 2);
  EMIT(.code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 2, .imm = 0xffff);
  EMIT(.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 3, .imm = 16);
  EMIT(.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 4, .src_reg = 1, .off = 4);
  EMIT(.code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 5, .src_reg = 1, .off = 8);
  for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++) {
    int length = 1 + (rules[i].access != 7 ? 3 : 0) + (rules[i].major >= 0) + (rules[i].minor >= 0) + 2;
    EMIT(.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .imm = rules[i].type, .off = (int16_t)(--length));
    if (rules[i].access != 7) {
      EMIT(.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 3);
      EMIT(.code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 1, .imm = rules[i].access);
      length -= 2;
      EMIT(.code = BPF_JMP | BPF_JNE | BPF_X, .dst_reg = 1, .src_reg = 3, .off = (int16_t)(--length));
    }
    if (rules[i].major >= 0) EMIT(.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 4, .imm = rules[i].major, .off = (int16_t)(--length));
    if (rules[i].minor >= 0) EMIT(.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 5, .imm = rules[i].minor, .off = (int16_t)(--length));
    EMIT(.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1);
    EMIT(.code = BPF_JMP | BPF_EXIT);
  }
  EMIT(.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0);
  EMIT(.code = BPF_JMP | BPF_EXIT);
  union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insn_cnt = (uint32_t)n, .insns = (uint64_t)(uintptr_t)code};
  load.license = (uint64_t)(uintptr_t) "Apache";
  int fd;
  MUST(fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load));
  union bpf_attr attach = {0};
  attach.target_fd = (uint32_t)cgroup;
  attach.attach_bpf_fd = (uint32_t)fd;
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  MUST(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach));
  close(fd);
}

static void device(const char* path, int major, int minor) {
  MUST(mknod(path, S_IFCHR | 0666, makedev((unsigned)major, (unsigned)minor)));
  MUST(chmod(path, 0666));
}

static int in_container(void* unused) {
  (void)unused;
  MUST(unshare(CLONE_NEWCGROUP));
  setsid();
  int s;
  MUST(s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  MUST(ioctl(s, SIOCSIFFLAGS, &lo));
  close(s);
  MUST(sethostname("runc", 4));
  MUST(mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL));
  MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
  MUST(chdir(rootfs));
  MUST(mount("proc", "proc", "proc", 0, NULL));
  MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
  MUST(mkdir("dev/pts", 0755));
  MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
  MUST(mkdir("dev/shm", 0755));
  MUST(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k"));
  MUST(mkdir("dev/mqueue", 0755));
  MUST(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL));
  MUST(mount("sysfs", "sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL));
  MUST(mount("cgroup", "sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME | MS_RDONLY, NULL));
  umask(0);
  device("dev/null", 1, 3);
  device("dev/zero", 1, 5);
  device("dev/full", 1, 7);
  device("dev/random", 1, 8);
  device("dev/urandom", 1, 9);
  device("dev/tty", 5, 0);
  MUST(symlink("/proc/self/fd", "dev/fd"));
  MUST(symlink("/proc/self/fd/0", "dev/stdin"));
  MUST(symlink("/proc/self/fd/1", "dev/stdout"));
  MUST(symlink("/proc/self/fd/2", "dev/stderr"));
  MUST(symlink("pts/ptmx", "dev/ptmx"));
  MUST(syscall(SYS_pivot_root, ".", "."));
  MUST(umount2(".", MNT_DETACH));
  MUST(chdir("/"));
  static const char* const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
  for (unsigned i = 0; i < sizeof readonly / sizeof *readonly; i++) {
    if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0) continue;
    MUST(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
  }
  static const char* const masked[] = {"/proc/acpi",       "/proc/asound",      "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
                                       "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
  for (unsigned i = 0; i < sizeof masked / sizeof *masked; i++) {
    if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
      MUST(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, NULL));
  }
  MUST(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
  struct rlimit files = {1024, 1024};
  MUST(setrlimit(RLIMIT_NOFILE, &files));
  for (int capability = 0; capability <= 40; capability++) {
    if (capability < 32 && (kept_low >> capability & 1)) continue;
    MUST(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
  }
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{kept_low, kept_low, 0}, {0, 0, 0}};
  MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  MUST(syscall(SYS_capset, &header, data));
  char* const args[] = {(char*)program, NULL};
  char* const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL};
  execve(program, args, environment);
  die("execve");
  return 125;
}

/* clone3 with its own stack: glibc has no wrapper, and a child of CLONE_VM must not return into the parent's frame. */
static pid_t clone_into(int cgroup) {
  static char* stack;
  if (!stack) stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  struct clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
      .exit_signal = SIGCHLD,
      .stack = (uint64_t)(uintptr_t)stack,
      .stack_size = 65536,
      .cgroup = (uint64_t)cgroup,
  };
  long pid;
#if defined(__x86_64__)
  register long a1 __asm__("rdi") = (long)&args;
  register long a2 __asm__("rsi") = sizeof args;
  __asm__ volatile(
      "syscall\n"
      "test %%rax, %%rax\n"
      "jnz 1f\n"
      "xor %%ebp, %%ebp\n"
      "and $-16, %%rsp\n"
      "call *%[body]\n"
      "ud2\n"
      "1:\n"
      : "=a"(pid)
      : "a"((long)SYS_clone3), "r"(a1), "r"(a2), [body] "b"(in_container)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = SYS_clone3;
  register long x0 __asm__("x0") = (long)&args;
  register long x1 __asm__("x1") = sizeof args;
  register void* body __asm__("x9") = (void*)in_container;
  __asm__ volatile("svc 0\ncbnz x0, 1f\nblr x9\nbrk 1\n1:\n" : "+r"(x0) : "r"(x8), "r"(x1), "r"(body) : "memory", "x30");
  pid = x0;
#else
#error "no clone3 trampoline for this architecture"
#endif
  if (pid < 0) errno = (int)-pid, pid = -1;
  return (pid_t)pid;
}

static int one(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/floor-%d", cgroup_parent, getpid());
  MUST(mkdir(path, 0755));
  int cgroup;
  MUST(cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  allow_default_devices(cgroup);
  pid_t pid;
  MUST(pid = clone_into(cgroup));
  int status;
  MUST(waitpid(pid, &status, 0));
  close(cgroup);
  MUST(rmdir(path));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int serve(void) {
  char line[16];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int status = one();
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (status) return status;
    printf("%lld\n", (end.tv_sec - start.tv_sec) * 1000000000ll + (end.tv_nsec - start.tv_nsec));
    fflush(stdout);
  }
  return 0;
}

int main(int argc, char** argv) {
  int serving = argc == 5 && !strcmp(argv[1], "--serve");
  if (argc != 4 && !serving) {
    fprintf(stderr, "usage: floor [--serve] ROOTFS CGROUP_PARENT PROGRAM\n");
    return 2;
  }
  rootfs = argv[1 + serving];
  cgroup_parent = argv[2 + serving];
  program = argv[3 + serving];
  return serving ? serve() : one();
}
