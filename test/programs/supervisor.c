// Acts as a supervisor (systemd, sd_notify(3)): supervisor SOCKET
// Writes each datagram as one line, with its line breaks as |, followed by " +fd" if it contained a descriptor, which is closed
// immediately.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, argv[1]);
  const int socket_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (bind(socket_fd, (struct sockaddr*)&address, sizeof address) < 0) return 3;
  for (;;) {
    char data[4096];
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {data, sizeof data - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    const ssize_t size = recvmsg(socket_fd, &message, 0);
    if (size < 0) return 4;
    data[size] = '\0';
    for (char* at = data; (at = strchr(at, '\n')) != NULL;) *at = '|';
    const struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    printf("%s%s\n", data, header != NULL ? " +fd" : "");
    fflush(stdout);
    if (header == NULL) continue;
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    close(fd);
  }
}
