// full_backlog PATH [open]: a UNIX socket that accepts no connections, with a full backlog; or with `open`, with room in it, and then it
// never reads. Prints "ready".
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc < 2) return 2;
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, argc > 2 ? 8 : 0) < 0) return 1;
  while (argc == 2) {
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(client, (struct sockaddr*)&address, sizeof address) < 0) break;
  }
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
