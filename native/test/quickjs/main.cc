// Prints failures and `N passed, N failed`; exits with 1 if there were failures.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "../../core/poison.h"
#include "check.h"

namespace tsrun::test {

std::string directory;

namespace {

struct Counts {
  int passed, failed;
};
// Shared with the tests' processes.
Counts* counts;

template <typename Body>
int statusOf(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

bool check(bool good, const char* name) {
  (good ? counts->passed : counts->failed)++;
  if (!good) fprintf(stderr, "failed: %s\n", name);
  return good;
}

void test(void (*body)()) {
  if (statusOf(body) != 0) check(false, "a test ended in the middle");
}

void dies([[maybe_unused]] const char* name, [[maybe_unused]] void (*body)()) {
#ifdef TSRUN_ASAN
  const int status = statusOf([body] {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    body();
  });
  check(status != 0, name);
#endif
}

}  // namespace tsrun::test

int main(int argc, char** argv) {
  using namespace tsrun::test;
  if (argc != 2) return 2;
  directory = argv[1];
  counts = static_cast<Counts*>(mmap(nullptr, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  arena_tests();
  image_tests();
  printf("%d passed, %d failed\n", counts->passed, counts->failed);
  return counts->failed == 0 ? 0 : 1;
}
