/*
 * Stands in for CRIU where it is not installed: `criu swrk 3` that records each request as a file, and answers. The environment says how:
 *   FAKE_CRIU           the directory in which request-TYPE is written, a message of CRIU's RPC
 *   FAKE_CRIU_VERSION   its version (default: 4.2); "none" for one that does not know the question
 *   FAKE_CRIU_FEATURES  "none": neither tracking of memory nor lazy pages
 *   FAKE_CRIU_FAIL      the request fails, with this last error in the log; the container's cgroup stays frozen
 *   FAKE_CRIU_DIE       it dies: "request" when it has the request, or at the step of this name
 *   FAKE_CRIU_STOP      it waits before the step of this name: makes the file "stopped" in its directory, until there is "continue"
 *   FAKE_CRIU_HANGS     it does not end when its caller has ended
 *   FAKE_CRIU_TERMINAL  a restore hands over the master of a terminal
 * A dump kills the process, unless it is left running. A restore makes a child of its parent, which writes "restored" and waits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { kDump = 1, kRestore = 2, kPreDump = 4, kNotify = 6, kFeatureCheck = 9, kVersion = 10 };

static const int kSocket = 3;
static unsigned char packet[65536];

static const char* setting(const char* name) {
  const char* value = getenv(name);
  return value == NULL || *value == '\0' ? NULL : value;
}

static unsigned long varint(const unsigned char** at) {
  unsigned long value = 0;
  for (int shift = 0;; shift += 7) {
    const unsigned char byte = *(*at)++;
    value |= (unsigned long)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
}

/* The number, or the beginning and length of the text, of a field; 0 if it is absent. */
static int find(const unsigned char* at, size_t length, unsigned wanted, unsigned long* number, const unsigned char** text) {
  const unsigned char* end = at + length;
  while (at < end) {
    const unsigned long tag = varint(&at);
    const unsigned long value = varint(&at);
    if (tag >> 3 == wanted) {
      *number = value;
      *text = at;
      return 1;
    }
    if ((tag & 7) == 2) at += value;
  }
  return 0;
}

static size_t put(unsigned char* to, unsigned field, unsigned long value) {
  size_t length = 0;
  to[length++] = (unsigned char)(field << 3);
  do {
    to[length++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value != 0);
  return length;
}

static size_t put_bytes(unsigned char* to, unsigned field, const void* bytes, size_t length) {
  size_t start = put(to, field, length);
  to[0] |= 2;
  memcpy(to + start, bytes, length);
  return start + length;
}

/* The file with which the container was frozen. */
static char frozen[4096];

static void thaw(void) {
  const int fd = *frozen == '\0' ? -1 : open(frozen, O_WRONLY);
  if (fd >= 0 && write(fd, "0", 1) != 1) _exit(18);
  close(fd);
}

/* The caller has ended: the processes continue, as with CRIU itself. */
static void give_up(void) {
  thaw();
  /* As CRIU does that waits for a process which somebody else has killed. */
  while (setting("FAKE_CRIU_HANGS") != NULL) pause();
  exit(0);
}

static void send_packet(const unsigned char* bytes, size_t length, int fd) {
  struct iovec part = {(void*)bytes, length};
  char control[CMSG_SPACE(sizeof fd)] = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  if (sendmsg(kSocket, &message, MSG_NOSIGNAL) < 0) give_up();
}

static size_t receive(void) {
  const ssize_t length = recv(kSocket, packet, sizeof packet, 0);
  if (length <= 0) give_up();
  return (size_t)length;
}

static void die_at(const char* step) {
  const char* asked = setting("FAKE_CRIU_DIE");
  if (asked != NULL && strcmp(asked, step) == 0) raise(SIGKILL);
  const char* stop = setting("FAKE_CRIU_STOP");
  if (stop == NULL || strcmp(stop, step) != 0) return;
  char path[4096];
  snprintf(path, sizeof path, "%s/stopped", setting("FAKE_CRIU"));
  close(open(path, O_WRONLY | O_CREAT, 0600));
  snprintf(path, sizeof path, "%s/continue", setting("FAKE_CRIU"));
  while (access(path, F_OK) != 0) usleep(5000);
}

static void answer(int type, int success, unsigned field, const unsigned char* inner, size_t length);
static int request_type;

/* The caller wants it to fail. */
static void undo(void) {
  thaw();
  answer(request_type, 0, 0, NULL, 0);
  exit(0);
}

/* Says what it does, and waits for the other side. */
static void notify(const char* script, pid_t pid, int fd) {
  unsigned char inner[256], outer[512];
  die_at(script);
  size_t length = put_bytes(inner, 1, script, strlen(script));
  length += put(inner + length, 2, (unsigned long)pid);
  size_t whole = put(outer, 1, kNotify);
  whole += put(outer + whole, 2, 1);
  whole += put_bytes(outer + whole, 5, inner, length);
  send_packet(outer, whole, fd);
  const size_t answered = receive();
  unsigned long success = 0;
  const unsigned char* text;
  if (!find(packet, answered, 3, &success, &text) || !success) undo();
}

static void answer(int type, int success, unsigned field, const unsigned char* inner, size_t length) {
  unsigned char outer[512];
  size_t whole = put(outer, 1, (unsigned long)type);
  whole += put(outer + whole, 2, (unsigned long)success);
  if (field != 0) whole += put_bytes(outer + whole, field, inner, length);
  send_packet(outer, whole, -1);
}

static void record(int type, const unsigned char* bytes, size_t length) {
  char path[4096];
  snprintf(path, sizeof path, "%s/request-%d", setting("FAKE_CRIU"), type);
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || write(fd, bytes, length) != (ssize_t)length) exit(4);
  close(fd);
}

/* The parent's directory, as CRIU opens it. */
static void write_log(const unsigned char* opts, size_t length, const char* error) {
  char path[4096];
  unsigned long directory = 0, named = 0;
  const unsigned char* text;
  if (!find(opts, length, 17, &directory, &text) || !find(opts, length, 10, &named, &text)) exit(5);
  snprintf(path, sizeof path, "/proc/%d/fd/%lu/%.*s", getppid(), directory, (int)named, text);
  FILE* log = fopen(path, "w");
  if (log == NULL) exit(6);
  fprintf(log, "(00.000001) Warn  (fake.c:1): nothing\n(00.000002) Error (fake.c:2): the first\n");
  fprintf(log, "(00.000003) Error (fake.c:3): %s\n(00.000004) Error (fake.c:4): Dumping FAILED.\n", error);
  fclose(log);
}

static void freeze(const unsigned char* opts, size_t length) {
  char path[4096];
  unsigned long size = 0;
  const unsigned char* text;
  if (!find(opts, length, 44, &size, &text)) return;
  snprintf(path, sizeof path, "%.*s/cgroup.freeze", (int)size, text);
  const int fd = open(path, O_WRONLY);
  if (fd >= 0 && write(fd, "1", 1) != 1) exit(7);
  close(fd);
  memcpy(frozen, path, sizeof frozen);
}

static void dump(int type, const unsigned char* opts, size_t length) {
  unsigned long pid = 0, stays = 0;
  const unsigned char* text;
  find(opts, length, 2, &pid, &text);
  find(opts, length, 3, &stays, &text);
  freeze(opts, length);
  const char* error = setting("FAKE_CRIU_FAIL");
  if (error != NULL) {
    write_log(opts, length, error);
    answer(type, 0, 0, NULL, 0);
    return;
  }
  notify("pre-dump", 0, -1);
  notify("status-ready", 0, -1);
  notify("post-dump", 0, -1);
  if (type == kDump && !stays && kill((pid_t)pid, SIGKILL) < 0) exit(8);
  answer(type, 1, 0, NULL, 0);
}

static void restored(void) {
  static const char kWords[] = "restored\n";
  signal(SIGTERM, SIG_DFL);
  if (write(1, kWords, sizeof kWords - 1) < 0) _exit(9);
  close(kSocket);
  for (;;) pause();
}

/* The master of a terminal in which something is written. */
static int terminal(void) {
  static const char kWords[] = "on the terminal\n";
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || unlockpt(master) < 0) exit(15);
  const int other = open(ptsname(master), O_RDWR | O_NOCTTY);
  if (other < 0 || write(other, kWords, sizeof kWords - 1) < 0) exit(16);
  return master;
}

static void restore(const unsigned char* opts, size_t length) {
  unsigned char inner[32];
  int go[2];
  notify("pre-restore", 0, -1);
  if (pipe(go) < 0) exit(10);
  const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    char byte;
    close(go[1]);
    close(kSocket);
    /* It runs when it is told to, not when we die before. */
    if (read(go[0], &byte, 1) != 1) _exit(11);
    restored();
  }
  close(go[0]);
  notify("setup-namespaces", pid, -1);
  notify("post-setup-namespaces", 0, -1);
  const char* error = setting("FAKE_CRIU_FAIL");
  if (error != NULL) {
    write_log(opts, length, error);
    answer(kRestore, 0, 0, NULL, 0);
    return;
  }
  if (setting("FAKE_CRIU_TERMINAL") != NULL) notify("orphan-pts-master", 0, terminal());
  notify("post-restore", pid, -1);
  if (write(go[1], "", 1) != 1) exit(12);
  notify("post-resume", pid, -1);
  answer(kRestore, 1, 4, inner, put(inner, 1, (unsigned long)pid));
}

int main(int count, char** words) {
  if (count != 3 || strcmp(words[1], "swrk") != 0 || strcmp(words[2], "3") != 0 || setting("FAKE_CRIU") == NULL) return 2;
  for (;;) {
    const size_t length = receive();
    unsigned long type = 0, size = 0;
    const unsigned char* opts = packet;
    find(packet, length, 1, &type, &opts);
    record((int)type, packet, length);
    unsigned char inner[64];
    if (type == kVersion) {
      int major = 4, minor = 2;
      const char* version = setting("FAKE_CRIU_VERSION");
      const int known = version == NULL || sscanf(version, "%d.%d", &major, &minor) == 2;
      const size_t first = put(inner, 1, (unsigned long)major);
      answer(kVersion, known, known ? 10 : 0, inner, first + put(inner + first, 2, (unsigned long)minor));
      continue;
    }
    if (type == kFeatureCheck) {
      const unsigned long has = setting("FAKE_CRIU_FEATURES") == NULL;
      const size_t first = put(inner, 1, has);
      answer(kFeatureCheck, 1, 8, inner, first + put(inner + first, 2, has));
      continue;
    }
    request_type = (int)type;
    die_at("request");
    if (!find(packet, length, 2, &size, &opts)) return 13;
    /* The answers to notifications overwrite the packet. */
    unsigned char* copy = malloc(size);
    if (copy == NULL) return 14;
    memcpy(copy, opts, size);
    if (type == kRestore)
      restore(copy, size);
    else
      dump((int)type, copy, size);
    free(copy);
    return 0;
  }
}
