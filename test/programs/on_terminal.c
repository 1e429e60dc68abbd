/*
 * on_terminal ROWS COLUMNS COMMAND...: runs COMMAND on a terminal, as a person would, and copies its output to standard output and standard
 * input to it. SIGUSR1 makes the terminal one row and one column larger. At the end it prints to standard error whether the terminal's
 * modes are as they were ("modes restored"), and exits with COMMAND's exit code.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static int terminal = -1;
static struct winsize size;

static void grow(int signal) {
  (void)signal;
  size.ws_row++;
  size.ws_col++;
  ioctl(terminal, TIOCSWINSZ, &size);
}

static int carry(int from, int to) {
  char data[4096];
  ssize_t length = read(from, data, sizeof data);
  if (length < 0 && errno == EINTR) return 1;
  return length > 0 && write(to, data, length) == length;
}

/* What comes last through the terminal: no program writes it. */
static const char last[] = "\x1c\x1d\x1e\x1f";
enum { kLast = sizeof last - 1 };

/*
 * Copies what the command has written until its end. The kernel passes it on in the background, which takes time on a busy machine, so the
 * terminal gets some more, and that is waited for. Another process writes that, because nobody reads a full terminal meanwhile.
 */
static void carry_rest(int held) {
  fflush(stderr);
  pid_t writer = fork();
  if (writer == 0) _exit(write(held, last, kLast) != kLast);
  char data[4096 + kLast];
  size_t kept = 0;
  for (ssize_t length; (length = read(terminal, data + kept, sizeof data - kept)) != 0;) {
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) break;
    kept += (size_t)length;
    const char* end = memmem(data, kept, last, kLast);
    /* The end of what is there may be the beginning of it. */
    const size_t whole = end ? (size_t)(end - data) : kept < kLast ? 0 : kept - kLast;
    if (write(1, data, whole) < 0 || end) break;
    memmove(data, data + whole, kept - whole);
    kept -= whole;
  }
  kill(writer, SIGKILL);
  waitpid(writer, NULL, 0);
}

static int same(const struct termios* a, const struct termios* b) {
  return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
         !memcmp(a->c_cc, b->c_cc, sizeof a->c_cc);
}

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  size = (struct winsize){.ws_row = atoi(argv[1]), .ws_col = atoi(argv[2])};
  int held;
  if (openpty(&terminal, &held, NULL, NULL, &size)) return 1;
  struct termios before, after;
  tcgetattr(held, &before);
  pid_t child = fork();
  if (child == 0) {
    close(terminal);
    login_tty(held);
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    _exit(127);
  }
  /* `held` stays open, so that the modes can be checked after the command has ended. */
  signal(SIGUSR1, grow);
  int status = 0, ended = 0;
  struct pollfd waits[] = {{terminal, POLLIN, 0}, {0, POLLIN, 0}};
  while (!ended) {
    ended = waitpid(child, &status, WNOHANG) == child;
    if (poll(waits, 2, 20) < 0) continue;
    if (waits[0].revents) carry(terminal, 1);
    if (waits[1].revents && !carry(0, terminal)) waits[1].fd = -1;
  }
  carry_rest(held);
  tcgetattr(held, &after);
  fprintf(stderr, "modes %s\n", same(&before, &after) ? "restored" : "changed");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
