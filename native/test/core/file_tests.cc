#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../core/fd.h"
#include "check.h"

namespace tsrun::test {
namespace {

constexpr int64_t kCreate = O_CREAT | O_TRUNC;

bool put(const std::string& path, const std::string& text) {
  return succeeded(invoke("writeFile", {path, text, number(kCreate), number(0644)}));
}

void reading() {
  const Directory directory;
  const std::string file = directory.path("file");
  check(put(file, "0123456789"), "a file is written");
  check(text_of(invoke("readText", {file, number(10)})) == "0123456789", "a file as long as the limit is read");
  check(error_of(invoke("readText", {file, number(9)})) == EFBIG, "a file longer than the limit is EFBIG");
  check(error_of(invoke("readText", {directory.path(), number(100)})) == EISDIR, "a directory is EISDIR");
  check(error_of(invoke("readText", {directory.path("none"), number(100)})) == ENOENT, "an absent file is ENOENT");
  check(text_of(invoke("readText", {text("/proc/self/comm"), number(100)})).find("core_test") == 0,
        "a file of /proc, whose size is 0, is read");
  put(file, "\xff\xfe");
  check(error_of(invoke("readText", {file, number(100)})) == EILSEQ, "a file that is not UTF-8 is EILSEQ");
  check(bytes_of(invoke("readBytes", {file, number(100)})) == Bytes{0xff, 0xfe}, "readBytes reads a file that is not UTF-8");
  const std::string cut = file + std::string("\0x", 2);
  check(error_of(invoke("readText", {cut, number(100)})) == EINVAL, "a path with a NUL is EINVAL");

  const std::string fifo = directory.path("fifo");
  ::mkfifo(fifo.c_str(), 0600);
  check(error_of(invoke("readText", {fifo, number(100), absent(), true})) == EINVAL, "a FIFO in the place of a regular file is EINVAL");
  check(error_of(invoke("readText", {text("/dev/zero"), number(100), absent(), true})) == EINVAL, "a device is EINVAL, too");
  check(error_of(invoke("readText", {directory.path(), number(100), absent(), true})) == EISDIR, "and a directory EISDIR");
  check(error_of(invoke("readText", {text("/proc/self/comm"), number(100), absent(), true})) == 0, "a file of /proc is regular");

  put(file, "abcdef");
  const Fd fd(static_cast<int>(integer_of(invoke("open", {file, number(O_RDONLY)}))));
  check((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0, "open adds O_CLOEXEC");
  check(bytes_of(invoke("readSome", {number(fd.get()), number(2)})) == Bytes{'a', 'b'}, "readSome reads up to the limit");
  check(text_of(invoke("readFd", {number(fd.get()), number(100)})) == "cdef", "readFd continues from there");
}

void opening() {
  const Directory directory;
  // sys uses the numbers of x86-64 on every architecture.
  constexpr int64_t kDirectory = 0200000;
  put(directory.path("file"), "");
  check(error_of(invoke("open", {directory.path("file"), number(kDirectory)})) == ENOTDIR, "O_DIRECTORY has its effect");
  const Fd root(static_cast<int>(integer_of(invoke("open", {directory.path(), number(kDirectory)}))));
  ::symlinkat("/etc", root.get(), "link");
  const Outcome inside = invoke("open", {text("link/passwd"), number(0), absent(), number(root.get()), number(RESOLVE_IN_ROOT)});
  check(error_of(inside) == ENOENT && call_of(inside) == "openat2", "RESOLVE_IN_ROOT keeps a symlink inside");
  const Outcome beneath = invoke("open", {text("../etc"), number(0), absent(), number(root.get()), number(RESOLVE_BENEATH)});
  check(error_of(beneath) == EXDEV, "RESOLVE_BENEATH refuses ..");
}

void replacing() {
  const Directory directory;
  const std::string file = directory.path("state.json");
  const mode_t mask = ::umask(077);
  check(succeeded(invoke("replaceFile", {file, text("one"), number(0644), true})), "replaceFile creates a file");
  ::umask(mask);
  check(integer_in(invoke("status", {file, true}), "mode") == 0644, "the mode of the created file ignores the umask");
  check(succeeded(invoke("replaceFile", {file, text("two"), number(0600), false})), "replaceFile replaces a file");
  check(text_of(invoke("readText", {file, number(100)})) == "two", "the replaced file has the new text");
  const Outcome names = invoke("listDirectory", {directory.path()});
  check(std::get<TextList>(std::get<Value>(names)) == TextList{"state.json"}, "no temporary file is left");
  ::mkdir(directory.path("taken").c_str(), 0700);
  check(error_of(invoke("replaceFile", {directory.path("taken"), text("x"), number(0600), false})) == EISDIR,
        "a directory is not replaced");
  check(std::get<TextList>(std::get<Value>(invoke("listDirectory", {directory.path()}))).size() == 2,
        "no temporary file is left after a failure");
}

void looking() {
  const Directory directory;
  ::symlink("nowhere", directory.path("link").c_str());
  check(text_in(invoke("status", {directory.path("link"), false}), "kind") == "symlink", "status does not follow a symlink if told so");
  check(is_null(invoke("status", {directory.path("link"), true})), "a dangling link is null");
  check(text_of(invoke("readLink", {directory.path("link")})) == "nowhere", "readLink returns the target");
  const Outcome null = invoke("status", {text("/dev/null"), true});
  check(text_in(null, "kind") == "character" && integer_in(null, "major") == 1 && integer_in(null, "minor") == 3,
        "the numbers of /dev/null");
  put(directory.path("file"), "12345");
  const Fd fd(::open(directory.path("file").c_str(), O_RDONLY | O_CLOEXEC));
  const Outcome open = invoke("status", {text(""), true, number(fd.get())});
  struct stat s = {};
  ::fstat(fd.get(), &s);
  check(integer_in(open, "size") == 5 && integer_in(open, "device") == static_cast<int64_t>(s.st_dev), "status works on an open file");
  check(!boolean_of(invoke("access", {directory.path("none"), number(F_OK)})), "access is false for a missing file");
  check(error_of(invoke("access", {directory.path("file"), number(0100)})) == EINVAL, "access fails if the kernel gives no answer");

  Fd first(static_cast<int>(integer_of(invoke("lockDirectory", {directory.path("")}))));
  check(first.valid(), "a lock is taken");
  check(integer_of(invoke("lockDirectory", {directory.path("")})) == -1, "a second lock of the directory is refused");
  first.reset();
  check(Fd(static_cast<int>(integer_of(invoke("lockDirectory", {directory.path("")})))).valid(), "the lock ends with its descriptor");
  check(error_of(invoke("lockDirectory", {directory.path("none")})) == ENOENT, "locking a missing directory fails");
}

}  // namespace

void file_tests() {
  reading();
  opening();
  replacing();
  looking();
}

}  // namespace tsrun::test
