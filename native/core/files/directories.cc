// Creates and lists directories, and removes empty ones. trees/remove_tree.cc removes directories with their contents.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>

#include "../fd.h"
#include "../outcome.h"
#include "entries.h"

namespace tsrun::entries {

Outcome make_directory(const Arguments& a) {
  if (::mkdir(a.text(0).c_str(), static_cast<mode_t>(a.integer(1))) < 0) return failed("mkdir", a.text(0));
  return done();
}

Outcome remove_directory(const Arguments& a) {
  if (::rmdir(a.text(0).c_str()) < 0) return failed("rmdir", a.text(0));
  return done();
}

Outcome list_directory(const Arguments& a) {
  const std::string& path = a.text(0);
  Fd fd(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.valid()) return failed("open", path);
  DIR* stream = ::fdopendir(fd.get());
  if (stream == nullptr) return failed("fdopendir", path);
  fd.release();
  TextList names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) break;
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) names.emplace_back(entry->d_name);
  }
  const int error = errno;
  ::closedir(stream);
  if (error != 0) return Failure{error, "readdir", path};
  return answer(std::move(names));
}

}  // namespace tsrun::entries
