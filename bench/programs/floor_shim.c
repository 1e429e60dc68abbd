/*
 * The floor of a shim: it answers each call of containerd at once and runs nothing, so that what is measured is containerd and its client.
 *
 *   containerd-shim-floor-v2 ... start    listens, goes on in the background, prints the address
 *   containerd-shim-floor-v2 ... delete   prints an empty DeleteResponse
 *
 * Frames are ttrpc's (github.com/containerd/ttrpc, PROTOCOL.md): length and stream as 32-bit big-endian numbers, type, flags. A request has the
 * method in field 2, a response the payload in field 2. All answers have one number, so they are written byte by byte.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { kConnections = 8, kWaiting = 64, kLargest = 4 << 20, kHeader = 10 };

static char path[100];
static uint8_t* frame;

struct waiting {
  int connection;
  uint32_t stream;
};
static struct waiting waiting[kWaiting];
static int waiters;
/* The newest process, which ends as soon as it is started. */
static int ended;

static void die(const char* what) {
  dprintf(2, "floor_shim: %s: %s\n", what, strerror(errno));
  _exit(1);
}

static int read_all(int fd, uint8_t* to, size_t size) {
  for (size_t got = 0; got < size;) {
    const ssize_t n = read(fd, to + got, size - got);
    if (n <= 0) return 0;
    got += (size_t)n;
  }
  return 1;
}

static size_t put_varint(uint8_t* to, uint64_t value) {
  size_t size = 0;
  for (; value > 127; value >>= 7) to[size++] = (uint8_t)(value | 128);
  to[size++] = (uint8_t)value;
  return size;
}

/* A response whose payload has the numbers of `fields`, each with its value. */
static void answer(int connection, uint32_t stream, int count, const uint8_t* fields, const uint64_t* values) {
  uint8_t payload[64], out[kHeader + 96];
  size_t size = 0;
  for (int i = 0; i < count; i++) {
    payload[size++] = (uint8_t)(fields[i] << 3);
    size += put_varint(payload + size, values[i]);
  }
  size_t at = kHeader;
  out[at++] = 2 << 3 | 2;
  at += put_varint(out + at, size);
  memcpy(out + at, payload, size);
  at += size;
  const uint32_t head[2] = {htonl((uint32_t)(at - kHeader)), htonl(stream)};
  memcpy(out, head, sizeof head);
  out[8] = 2;
  out[9] = 0;
  if (write(connection, out, at) != (ssize_t)at) die("write");
}

static void answer_empty(int connection, uint32_t stream) { answer(connection, stream, 0, NULL, NULL); }

static void answer_pid(int connection, uint32_t stream, uint8_t field) {
  const uint64_t pid = (uint64_t)getpid();
  answer(connection, stream, 1, &field, &pid);
}

static void answer_waiting(void) {
  for (int i = 0; i < waiters; i++) answer_empty(waiting[i].connection, waiting[i].stream);
  waiters = 0;
}

/* Field 2 of the request. */
static void method_of(const uint8_t* bytes, size_t size, char* method, size_t room) {
  method[0] = '\0';
  for (size_t at = 0; at < size;) {
    const uint8_t tag = bytes[at++];
    uint64_t value = 0;
    for (int shift = 0; at < size; shift += 7) {
      value |= (uint64_t)(bytes[at] & 127) << shift;
      if (bytes[at++] < 128) break;
    }
    if ((tag & 7) != 2) continue;
    if (value > size - at) return;
    if (tag >> 3 == 2 && value < room) {
      memcpy(method, bytes + at, value);
      method[value] = '\0';
    }
    at += value;
  }
}

static int serve(int connection) {
  uint8_t head[kHeader];
  if (!read_all(connection, head, kHeader)) return 0;
  uint32_t size, stream;
  memcpy(&size, head, 4);
  memcpy(&stream, head + 4, 4);
  size = ntohl(size);
  stream = ntohl(stream);
  if (size > kLargest || !read_all(connection, frame, size)) return 0;
  char method[32];
  method_of(frame, size, method, sizeof method);
  if (strcmp(method, "Wait") == 0 && !ended) {
    if (waiters == kWaiting) die("too many wait");
    waiting[waiters++] = (struct waiting){connection, stream};
  } else if (strcmp(method, "Start") == 0 || strcmp(method, "Kill") == 0) {
    answer_pid(connection, stream, 1);
    ended = 1;
    answer_waiting();
  } else if (strcmp(method, "State") == 0) {
    const uint8_t fields[] = {3, 4};
    const uint64_t values[] = {(uint64_t)getpid(), 3};
    answer(connection, stream, 2, fields, values);
  } else if (strcmp(method, "Connect") == 0) {
    const uint8_t fields[] = {1, 2};
    const uint64_t values[] = {(uint64_t)getpid(), (uint64_t)getpid()};
    answer(connection, stream, 2, fields, values);
  } else if (strcmp(method, "Shutdown") == 0) {
    answer_empty(connection, stream);
    unlink(path);
    _exit(0);
  } else if (strcmp(method, "Create") == 0 || strcmp(method, "Delete") == 0) {
    ended = ended && method[0] == 'D';
    answer_pid(connection, stream, 1);
  } else if (strcmp(method, "Exec") == 0) {
    ended = 0;
    answer_empty(connection, stream);
  } else {
    answer_empty(connection, stream);
  }
  return 1;
}

static void loop(int listener) {
  struct pollfd fds[kConnections + 1] = {{listener, POLLIN, 0}};
  int count = 1;
  for (;;) {
    if (poll(fds, (nfds_t)count, -1) < 0) die("poll");
    for (int i = count - 1; i > 0; i--) {
      if (fds[i].revents == 0 || serve(fds[i].fd)) continue;
      close(fds[i].fd);
      fds[i] = fds[--count];
    }
    if (fds[0].revents == 0 || count > kConnections) continue;
    const int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) die("accept");
    fds[count++] = (struct pollfd){connection, POLLIN, 0};
  }
}

int main(int argc, char** argv) {
  if (argc < 2 || strcmp(argv[argc - 1], "start") != 0) return 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  /* Of the benchmark, whose mounts go away with it. */
  const char* const directory = getenv("TSRUN_BENCH_DIRECTORY");
  if (directory == NULL || strlen(directory) > 80) die("TSRUN_BENCH_DIRECTORY");
  snprintf(path, sizeof path, "%s/%d", directory, getpid());
  strcpy(address.sun_path, path);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr*)&address, sizeof address) < 0 || listen(listener, kConnections) < 0) die("listen");
  const pid_t child = fork();
  if (child < 0) die("fork");
  if (child > 0) {
    printf("unix://%s", path);
    return 0;
  }
  setsid();
  const int nothing = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
  frame = malloc(kLargest);
  if (frame == NULL) die("malloc");
  loop(listener);
}
