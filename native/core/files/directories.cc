// Creates and lists directories, and removes empty ones. trees/remove_tree.cc removes directories with their contents.
#include <fcntl.h>
#include <sys/stat.h>

#include "../fd.h"
#include "../outcome.h"
#include "entries.h"
#include "listing.h"

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
  Listing listing(std::move(fd));
  if (!listing.valid()) return failed("fdopendir", path);
  TextList names;
  while (const char* name = listing.next()) names.emplace_back(name);
  if (errno != 0) return failed("readdir", path);
  return answer(std::move(names));
}

}  // namespace tsrun::entries
