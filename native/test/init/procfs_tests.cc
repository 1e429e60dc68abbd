// Changes open files through their descriptors, whatever has happened to their names.
#include <filesystem>

#include "../../init/files/procfs.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

unsigned mode_of(const std::string& path) { return static_cast<unsigned>(std::filesystem::status(path).permissions()); }

void changes_the_mode_of_the_open_file() {
  Scratch scratch;
  init::open_procfs(scratch.state());
  scratch.file("/file", "");
  scratch.file("/other", "");
  std::filesystem::permissions(scratch.inside("/other"), static_cast<std::filesystem::perms>(0600));
  const init::Fd fd(init::sys::open(AT_FDCWD, scratch.inside("/file").c_str(), O_PATH));
  std::filesystem::rename(scratch.inside("/file"), scratch.inside("/moved"));
  scratch.link(scratch.inside("/other"), "/file");
  check(init::change_mode(scratch.state(), fd.get(), 04711) == 0, "the mode of an O_PATH descriptor can be changed");
  check(mode_of(scratch.inside("/moved")) == 04711, "the opened file has the new mode");
  check(mode_of(scratch.inside("/other")) == 0600, "the file that has its name now is unchanged");
}

}  // namespace

void procfs_tests() { changes_the_mode_of_the_open_file(); }

}  // namespace tsrun::test
