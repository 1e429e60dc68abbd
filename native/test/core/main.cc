// Tests of native/core without a JavaScript engine: `native/test/core/run.sh` builds and runs them. Prints failures and `N passed, N
// failed`; exits with 1 if there were failures. Tests that need root are skipped without it. Temporary directories are in TMPDIR, or /tmp.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "check.h"

namespace tsrun::test {
namespace {

int passed = 0;
int failures = 0;

template <typename T>
const T& value_of(const Outcome& outcome) {
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    std::fprintf(stderr, "unexpected failure: %s of \"%s\": %s\n", failure->call, failure->subject.c_str(), std::strerror(failure->error));
    std::exit(1);
  }
  const auto* value = std::get_if<T>(&std::get<Value>(outcome));
  if (value == nullptr) {
    std::fprintf(stderr, "unexpected type of an answer\n");
    std::exit(1);
  }
  return *value;
}

const Value& field_of(const Outcome& outcome, const char* name) {
  for (const Field& field : value_of<Record>(outcome)) {
    if (std::strcmp(field.name, name) == 0) return field.value;
  }
  std::fprintf(stderr, "no field %s in an answer\n", name);
  std::exit(1);
}

}  // namespace

bool check(bool good, const std::string& name) {
  ++(good ? passed : failures);
  if (!good) std::printf("failed: %s\n", name.c_str());
  return good;
}

void skipped(const std::string& name, const std::string& reason) { std::printf("skipped: %s: %s\n", name.c_str(), reason.c_str()); }

Outcome invoke(const char* name, std::vector<Value> arguments) {
  for (const Function& function : functions()) {
    if (std::strcmp(function.name, name) != 0) continue;
    arguments.resize(function.parameters.size());
    return call(function, Arguments(std::move(arguments)));
  }
  std::fprintf(stderr, "no function %s\n", name);
  std::exit(1);
}

bool succeeded(const Outcome& outcome) { return std::holds_alternative<Value>(outcome); }

int error_of(const Outcome& outcome) {
  const auto* failure = std::get_if<Failure>(&outcome);
  return failure != nullptr ? failure->error : 0;
}

std::string call_of(const Outcome& outcome) {
  const auto* failure = std::get_if<Failure>(&outcome);
  return failure != nullptr ? failure->call : "";
}

int64_t integer_of(const Outcome& outcome) { return value_of<int64_t>(outcome); }
std::string text_of(const Outcome& outcome) { return value_of<std::string>(outcome); }
Bytes bytes_of(const Outcome& outcome) { return value_of<Bytes>(outcome); }
bool boolean_of(const Outcome& outcome) { return value_of<bool>(outcome); }
bool is_null(const Outcome& outcome) { return succeeded(outcome) && std::holds_alternative<Null>(std::get<Value>(outcome)); }
int64_t integer_in(const Outcome& outcome, const char* field) { return std::get<int64_t>(field_of(outcome, field)); }
bool boolean_in(const Outcome& outcome, const char* field) { return std::get<bool>(field_of(outcome, field)); }
std::string text_in(const Outcome& outcome, const char* field) { return std::get<std::string>(field_of(outcome, field)); }

bool is_root() { return ::geteuid() == 0; }

Directory::Directory() {
  const char* parent = std::getenv("TMPDIR");
  std::string name = std::string(parent != nullptr ? parent : "/tmp") + "/tsrun-core-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    std::fprintf(stderr, "cannot create %s: %s\n", name.c_str(), std::strerror(errno));
    std::exit(1);
  }
  path_ = name;
}

Directory::~Directory() { check(succeeded(invoke("removeTree", {path_})), "the temporary directory is removed"); }

int ended(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1000;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string drain(int fd, int seconds) {
  std::string all;
  const time_t until = ::time(nullptr) + seconds;
  while (::time(nullptr) < until) {
    pollfd polled = {fd, POLLIN, 0};
    if (::poll(&polled, 1, 100) <= 0) continue;
    char buffer[4096];
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count <= 0) break;
    all.append(buffer, static_cast<size_t>(count));
  }
  return all;
}

}  // namespace tsrun::test

int main() {
  using namespace tsrun::test;
  ::setvbuf(stdout, nullptr, _IOLBF, 0);
  own_tests();
  text_tests();
  file_tests();
  remove_tree_tests();
  copy_tree_tests();
  deep_links_tests();
  copy_changes_tests();
  make_as_tests();
  held_directory_tests();
  process_tests();
  spawn_tests();
  socket_tests();
  message_tests();
  supervise_tests();
  seccomp_tests();
  kernel_tests();
  std::printf("%d passed, %d failed\n", passed, failures);
  return failures == 0 ? 0 : 1;
}
