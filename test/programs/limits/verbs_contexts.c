// Opens contexts of an RDMA device, each of which is one hca_handle of rdma.max: verbs_contexts DEVICE COUNT.
#include <errno.h>
#include <fcntl.h>
#include <rdma/ib_user_verbs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  for (int opened = 0; opened < atoi(argv[2]); opened++) {
    int fd = open(argv[1], O_RDWR | O_CLOEXEC);
    if (fd < 0) return printf("open: %s\n", strerror(errno)), 1;
    struct ib_uverbs_get_context_resp response = {0};
    struct {
      struct ib_uverbs_cmd_hdr header;
      struct ib_uverbs_get_context command;
    } call = {{IB_USER_VERBS_CMD_GET_CONTEXT, sizeof call / 4, sizeof response / 4}, {.response = (uintptr_t)&response}};
    if (write(fd, &call, sizeof call) < 0) return printf("context %d: %s\n", opened + 1, strerror(errno)), 1;
  }
  return puts("opened"), 0;
}
