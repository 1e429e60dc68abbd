// Acts as a seccomp agent (seccomp_unotify(2)): seccomp_agent SOCKET
// For every connection it writes "state JSON", and then "call NUMBER" for each notification. mkdir(2) and mkdirat(2) fail with EOPNOTSUPP,
// everything else continues.
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int receive(int connection) {
  char data[1 << 16];
  char control[CMSG_SPACE(sizeof(int))];
  struct iovec part = {data, sizeof data - 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  const ssize_t size = recvmsg(connection, &message, 0);
  const struct cmsghdr* header = size < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (header == NULL) return -1;
  data[size] = '\0';
  // crun writes it on several lines; within its strings a line break is \n in two characters.
  for (char* at = data; (at = strchr(at, '\n')) != NULL;) *at = ' ';
  printf("state %s\n", data);
  int listener;
  memcpy(&listener, CMSG_DATA(header), sizeof listener);
  return listener;
}

static void serve(int listener) {
  for (;;) {
    struct pollfd polled = {listener, POLLIN, 0};
    // A listener hangs up when its last process has ended.
    if (poll(&polled, 1, -1) < 0 || (polled.revents & POLLIN) == 0) return;
    struct seccomp_notif request = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) continue;
    printf("call %d\n", request.data.nr);
    struct seccomp_notif_resp response = {.id = request.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    int refuse = request.data.nr == SYS_mkdirat;
#ifdef SYS_mkdir
    refuse = refuse || request.data.nr == SYS_mkdir;
#endif
    if (refuse) {
      response.flags = 0;
      response.error = -EOPNOTSUPP;
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) + 1 >= sizeof address.sun_path) return 2;
  // The socket gets its name when it listens: a test that sees it can connect.
  snprintf(address.sun_path, sizeof address.sun_path, "%s~", argv[1]);
  setvbuf(stdout, NULL, _IOLBF, 1 << 17);
  signal(SIGCHLD, SIG_IGN);
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(socket_fd, (struct sockaddr*)&address, sizeof address) < 0 || listen(socket_fd, 8) < 0) return 3;
  if (rename(address.sun_path, argv[1]) < 0) return 4;
  for (;;) {
    const int connection = accept(socket_fd, NULL, NULL);
    if (fork() != 0) {
      close(connection);
      continue;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int listener = receive(connection);
    if (listener >= 0) serve(listener);
    _exit(listener < 0);
  }
}
