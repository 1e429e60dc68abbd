/*
 * console SOCKET [ROWS COLUMNS]: the engine's end of --console-socket. Listens on SOCKET, receives the terminal that the runtime sends (one
 * SCM_RIGHTS message with one descriptor), and copies its output to standard output and standard input to it. SIGUSR1 sets its size to ROWS
 * x COLUMNS. Exits when nobody has the other side of the terminal open any more.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int terminal = -1;
static struct winsize asked;

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void resize(int signal) {
  (void)signal;
  ioctl(terminal, TIOCSWINSZ, &asked);
}

/* The socket gets its name when it listens: a test that sees it can connect. */
static int listen_on(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s~", path);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr*)&address, sizeof address) || listen(listener, 1)) die(path);
  if (rename(address.sun_path, path)) die(path);
  return listener;
}

/* Receives exactly one descriptor: an engine that gets two closes neither. */
static int receive(int connection) {
  char data[4096], control[CMSG_SPACE(4 * sizeof(int))];
  struct iovec part = {data, sizeof data};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(connection, &message, 0) < 0) die("recvmsg");
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) {
    fprintf(stderr, "not one descriptor\n");
    exit(2);
  }
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static int carry(int from, int to) {
  char data[4096];
  ssize_t size = read(from, data, sizeof data);
  if (size < 0 && errno == EINTR) return 1;
  return size > 0 && write(to, data, size) == size;
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) return 64;
  if (argc == 4) asked = (struct winsize){.ws_row = atoi(argv[2]), .ws_col = atoi(argv[3])};
  int listener = listen_on(argv[1]);
  signal(SIGPIPE, SIG_IGN);
  terminal = receive(accept(listener, NULL, NULL));
  signal(SIGUSR1, resize);
  fprintf(stderr, "received\n");
  struct pollfd waits[] = {{terminal, POLLIN, 0}, {0, POLLIN, 0}};
  for (;;) {
    if (poll(waits, 2, -1) < 0) {
      if (errno == EINTR) continue;
      die("poll");
    }
    if (waits[0].revents && !carry(terminal, 1)) return 0;
    /* The end of the input is not the end of the terminal. */
    if (waits[1].revents && !carry(0, terminal)) waits[1].fd = -1;
  }
}
