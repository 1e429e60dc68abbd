// Extended attributes of the namespace `user` (xattr(7)): the only ones that mean nothing to the kernel.
#include <linux/limits.h>
#include <sys/xattr.h>

#include <cstring>
#include <vector>

#include "../files/entries.h"
#include "../files/utf8.h"
#include "../outcome.h"

namespace tsrun::entries {
namespace {

constexpr char kUser[] = "user.";

bool is_user(const std::string& name) { return name.compare(0, sizeof kUser - 1, kUser) == 0; }

}  // namespace

// Follows a link: the path is one of /proc/self/fd.
Outcome user_attribute_names(const Arguments& a) {
  const std::string& path = a.text(0);
  std::vector<char> names(XATTR_LIST_MAX);
  const ssize_t size = ::listxattr(path.c_str(), names.data(), names.size());
  if (size < 0) return errno == ENOTSUP ? answer(TextList{}) : failed("listxattr", path);
  TextList found;
  for (const char* one = names.data(); one < names.data() + size; one += std::strlen(one) + 1) {
    if (is_user(one) && is_utf8(one)) found.emplace_back(one);
  }
  return answer(std::move(found));
}

Outcome user_attribute(const Arguments& a) {
  const std::string& path = a.text(0);
  if (!is_user(a.text(1))) return Failure{EPERM, "getxattr", path};
  Bytes value(XATTR_SIZE_MAX);
  const ssize_t size = ::getxattr(path.c_str(), a.text(1).c_str(), value.data(), value.size());
  if (size < 0) return errno == ENODATA ? answer_null() : failed("getxattr", path);
  value.resize(static_cast<size_t>(size));
  return answer(std::move(value));
}

Outcome set_user_attribute(const Arguments& a) {
  const std::string& name = a.text(1);
  if (!is_user(name) || name.find('\0') != std::string::npos) return Failure{EPERM, "fsetxattr", name};
  const Bytes& value = a.bytes(2);
  if (::fsetxattr(a.fd(0), name.c_str(), value.data(), value.size(), 0) < 0) return failed("fsetxattr", name);
  return done();
}

}  // namespace tsrun::entries
