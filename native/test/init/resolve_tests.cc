// Paths in a hostile image: whatever they are, everything that is opened or created is inside the rootfs.
#include "../../init/files/resolve.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

using init::Found;
using init::Lookup;
using init::Missing;
using init::Result;
using init::Text;
using plan::Step;

Text text(const std::string& value) { return {value.c_str(), static_cast<uint32_t>(value.size())}; }

Lookup making(Missing missing) {
  Lookup lookup;
  lookup.missing = missing;
  return lookup;
}

Result find(Scratch& scratch, const std::string& path, Lookup lookup, Found& found) {
  return init::resolve(scratch.state(), text(path), lookup, found);
}

void finds_what_is_there() {
  Scratch scratch;
  scratch.directory("/a/b");
  scratch.link("/a/b", "/absolute");
  scratch.link("b", "/a/relative");
  Found found;
  check(!find(scratch, "/a/b", {}, found).failed() && is_same(found.fd.get(), scratch.inside("/a/b")), "a path is found");
  check(!find(scratch, "/absolute", {}, found).failed() && is_same(found.fd.get(), scratch.inside("/a/b")),
        "an absolute symlink means the rootfs");
  check(!find(scratch, "/a/relative", {}, found).failed() && is_same(found.fd.get(), scratch.inside("/a/b")),
        "a relative symlink is followed");
  check(!find(scratch, "/../../a", {}, found).failed() && is_same(found.fd.get(), scratch.inside("/a")), ".. stops at the root");
  Lookup lookup;
  lookup.follow = false;
  check(!find(scratch, "/absolute", lookup, found).failed() && is_same(found.fd.get(), scratch.inside("/absolute")),
        "a last symlink that is not followed");
  check(find(scratch, "/none", {}, found).error == ENOENT, "a missing path is not created");
}

void makes_what_is_missing() {
  Scratch scratch;
  Found found;
  check(!find(scratch, "/x/y/z", making(Missing::kMakeDirectory), found).failed() && found.made, "missing directories are created");
  check(is_directory(scratch.inside("/x/y/z")) && is_same(found.fd.get(), scratch.inside("/x/y/z")), "the created directory is opened");
  check(!find(scratch, "/x/y/z", making(Missing::kMakeDirectory), found).failed() && !found.made,
        "a created directory is created only once");
  check(!find(scratch, "//x/./f//", making(Missing::kMakeFile), found).failed() && found.made && !is_directory(scratch.inside("/x/f")),
        "a file is made");
}

void makes_inside() {
  Scratch scratch;
  scratch.link(scratch.outside(""), "/host");
  scratch.link("../../../../../../../.." + scratch.outside(""), "/up");
  scratch.link("../run/target", "/dangling");
  Found found;
  for (const char* name : {"/host", "/up"}) {
    const Result result = find(scratch, std::string(name) + "/made/file", making(Missing::kMakeFile), found);
    check(!result.failed() && is_same(found.fd.get(), scratch.inside(scratch.outside("/made/file"))),
          std::string("made inside through ") + name);
  }
  check(!exists(scratch.outside("/made")), "nothing is created outside");
  check(!find(scratch, "/dangling", making(Missing::kMakeFile), found).failed() && is_same(found.fd.get(), scratch.inside("/run/target")),
        "the target of a dangling symlink is made");
}

void refuses() {
  Scratch scratch;
  scratch.directory("/real");
  scratch.file("/plain", "");
  scratch.link("/real", "/proc");
  scratch.link("loop", "/loop");
  Found found;
  Lookup strict = making(Missing::kMakeDirectory);
  strict.symlinks = false;
  Result result = find(scratch, "/proc", strict, found);
  check(result.step == Step::kSymlinkInPath && result.error == ELOOP, "a symlink is rejected if none is allowed");
  result = find(scratch, "/proc/sub", strict, found);
  check(result.step == Step::kSymlinkInPath && !exists(scratch.inside("/real/sub")),
        "a symlink on the way to a missing path is rejected, too");
  check(find(scratch, "/loop/x", making(Missing::kMakeDirectory), found).error == ELOOP, "a loop of symlinks is rejected");
  check(find(scratch, "/plain/x", making(Missing::kMakeDirectory), found).error == ENOTDIR, "a file on the way is rejected");
  check(find(scratch, "/" + std::string(5000, 'a'), making(Missing::kMakeDirectory), found).error == ENAMETOOLONG,
        "a name that is too long");
}

void splits_parents() {
  Scratch scratch;
  scratch.link(scratch.outside(""), "/dev");
  init::Fd directory;
  const char* name = nullptr;
  check(!init::resolve_parent(scratch.state(), text("/dev/null"), directory, name).failed() && std::string(name) == "null",
        "the last component");
  check(is_same(directory.get(), scratch.inside(scratch.outside(""))) && !exists(scratch.outside("/null")),
        "the directory of a name is inside");
  for (const char* path : {"/", "/dev/", "/dev/..", "/dev/.", ""}) {
    check(init::resolve_parent(scratch.state(), text(path), directory, name).error == EINVAL, std::string("no name for a node: ") + path);
  }
}

}  // namespace

void resolve_tests() {
  finds_what_is_there();
  makes_what_is_missing();
  makes_inside();
  refuses();
  splits_parents();
}

}  // namespace tsrun::test
