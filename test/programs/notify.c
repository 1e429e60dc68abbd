// Acts as a service (sd_notify(3)): notify MESSAGE... sends each message as a datagram to $NOTIFY_SOCKET. With BARRIER=1 it sends a pipe
// and waits until the receiver closes the other end.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int barrier(int socket_fd) {
  int ends[2];
  if (pipe(ends) < 0) return -1;
  char text[] = "BARRIER=1";
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {text, strlen(text)};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
  if (sendmsg(socket_fd, &message, 0) < 0) return -1;
  close(ends[1]);
  struct pollfd polled = {ends[0], POLLIN, 0};
  return poll(&polled, 1, 5000) == 1 ? 0 : -1;
}

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char* path = getenv("NOTIFY_SOCKET");
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, path);
  const int socket_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (connect(socket_fd, (struct sockaddr*)&address, sizeof address) < 0) return perror("connect"), 3;
  for (int i = 1; i < argc; i++) {
    const int result = strcmp(argv[i], "BARRIER=1") == 0 ? barrier(socket_fd) : (int)send(socket_fd, argv[i], strlen(argv[i]), 0);
    if (result < 0) return perror(argv[i]), 4;
  }
  return 0;
}
