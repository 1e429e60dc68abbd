// full_pipe FD MILLISECONDS COMMAND...: runs a command whose descriptor FD is a full non-blocking pipe, which is not read for that long.
// Then the command's output goes to standard output. The exit code is the command's.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Fills the pipe, and is left out of the output.
static const char filler = '\1';

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return 65;
  char buffer[4096];
  memset(buffer, filler, sizeof buffer);
  while (write(ends[1], buffer, sizeof buffer) > 0) {
  }
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], atoi(argv[1]));
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  close(ends[1]);
  usleep((useconds_t)atoi(argv[2]) * 1000);
  // Only the writer's end must be non-blocking; each end of a pipe has its own flag.
  fcntl(ends[0], F_SETFL, 0);
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    size_t kept = 0;
    for (ssize_t i = 0; i < count; i++) {
      if (buffer[i] != filler) buffer[kept++] = buffer[i];
    }
    if (write(1, buffer, kept) < 0) return 66;
  }
  int status;
  if (waitpid(child, &status, 0) < 0) return 67;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
