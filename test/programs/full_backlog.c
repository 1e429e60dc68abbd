// full_backlog PATH [open|datagram]: a UNIX socket that accepts no connections, with a full backlog; with `open`, with room in it, and then
// it never reads; with `datagram`, one whose queue of datagrams is full. Prints "ready".
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

_Noreturn static void wait_ready(void) {
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}

static int fill_queue(const struct sockaddr_un* address) {
  const int receiver = socket(AF_UNIX, SOCK_DGRAM, 0);
  const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (bind(receiver, (const struct sockaddr*)address, sizeof *address) < 0) return 1;
  while (sendto(sender, "x", 1, 0, (const struct sockaddr*)address, sizeof *address) == 1) {
  }
  wait_ready();
}

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc < 2) return 2;
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  const int datagram = argc > 2 && strcmp(argv[2], "datagram") == 0;
  if (datagram) return fill_queue(&address);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, argc > 2 ? 8 : 0) < 0) return 1;
  while (argc == 2) {
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(client, (struct sockaddr*)&address, sizeof address) < 0) break;
  }
  wait_ready();
}
