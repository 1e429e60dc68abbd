// A minimal test harness, and shorthands for calling sys.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "../../core/functions.h"

namespace tsrun::test {

// Counts the check; prints the name if it failed.
bool check(bool good, const std::string& name);

// Prints which checks this machine cannot do, and why.
void skipped(const std::string& name, const std::string& reason);

// Calls a function of sys by name, with all its arguments by position (`absent` for an omitted one).
Outcome invoke(const char* name, std::vector<Value> arguments);
inline Value absent() { return Value{}; }
inline Value text(const char* value) { return std::string(value); }
inline Value number(int64_t value) { return value; }

bool succeeded(const Outcome& outcome);
// Returns 0 for success.
int error_of(const Outcome& outcome);
std::string call_of(const Outcome& outcome);
// A value of another type fails the test and ends the program.
int64_t integer_of(const Outcome& outcome);
std::string text_of(const Outcome& outcome);
Bytes bytes_of(const Outcome& outcome);
bool boolean_of(const Outcome& outcome);
bool is_null(const Outcome& outcome);
int64_t integer_in(const Outcome& outcome, const char* field);
bool boolean_in(const Outcome& outcome, const char* field);
std::string text_in(const Outcome& outcome, const char* field);

bool is_root();

// A new temporary directory in TMPDIR, or /tmp, removed with its contents.
class Directory {
 public:
  Directory();
  ~Directory();
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Waits for a child. Returns its exit status, or -signal.
int ended(int pid);
// Reads until the end, for at most `seconds`.
std::string drain(int fd, int seconds = 5);

// The suites.
void own_tests();
void text_tests();
void file_tests();
void remove_tree_tests();
void copy_tree_tests();
void deep_links_tests();
void copy_changes_tests();
void make_as_tests();
void held_directory_tests();
void process_tests();
void spawn_tests();
void socket_tests();
void message_tests();
void supervise_tests();
void seccomp_tests();
void kernel_tests();

}  // namespace tsrun::test
