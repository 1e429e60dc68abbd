/*
 * forge SECONDS TYPE OPERATION VALUE ERRNO [BYTES DESCRIPTORS]: stops every tsrun-init that appears in this pid namespace (CAP_SYS_PTRACE),
 * takes its socket to tsrun, sends a message of native/plan_format.h in its name, with that many descriptors, and lets it continue.
 * OPERATION -1 uses another one each time, from 0 to 31. Prints how often it did so.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct message {
  uint32_t type, operation, step;
  int32_t error;
  int64_t value;
  uint32_t text_length, op;
  char text[480];
};

static struct message message;
static size_t size = sizeof message;
static int descriptors, forged, operation;

/* The number of the socket is its only argument. */
static int socket_of(int pid) {
  char path[64], text[64] = {0};
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  int file = open(path, O_RDONLY);
  if (file < 0) return -1;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0 || strcmp(text, "tsrun-init") != 0) return -1;
  return atoi(text + strlen(text) + 1);
}

static void say(int socket) {
  message.operation = operation < 0 ? forged % 32 : operation;
  struct iovec part = {&message, size};
  struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(253 * sizeof(int))];
  } control;
  if (descriptors > 0) {
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(descriptors * sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(descriptors * sizeof(int));
    memset(CMSG_DATA(&control.header), 0, descriptors * sizeof(int));
  }
  if (sendmsg(socket, &header, MSG_NOSIGNAL) > 0) forged++;
}

static void attack(int pid) {
  int number = socket_of(pid);
  if (number < 0 || ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) return;
  ptrace(PTRACE_INTERRUPT, pid, 0, 0);
  int pidfd = syscall(SYS_pidfd_open, pid, 0);
  int socket = syscall(438 /* pidfd_getfd */, pidfd, number, 0);
  if (socket >= 0) {
    say(socket);
    /* Its own message comes later. */
    usleep(20000);
    close(socket);
  }
  close(pidfd);
  waitpid(pid, NULL, __WALL);
  ptrace(PTRACE_DETACH, pid, 0, 0);
}

int main(int argc, char** argv) {
  if (argc < 6) return 64;
  time_t end = time(NULL) + atoi(argv[1]);
  message.type = strtoul(argv[2], NULL, 0);
  operation = atoi(argv[3]);
  message.value = strtoll(argv[4], NULL, 0);
  message.error = atoi(argv[5]);
  if (argc > 6) size = strtoul(argv[6], NULL, 0);
  if (argc > 7) descriptors = atoi(argv[7]);
  message.text_length = 0xffffffff;
  memset(message.text, 0x1b, sizeof message.text);
  printf("ready\n");
  fflush(stdout);
  pid_t self = getpid();
  while (time(NULL) < end) {
    DIR* proc = opendir("/proc");
    for (struct dirent* entry; (entry = readdir(proc));) {
      int pid = atoi(entry->d_name);
      if (pid > 1 && pid != self) attack(pid);
    }
    closedir(proc);
  }
  printf("forged %d\n", forged);
  return 0;
}
