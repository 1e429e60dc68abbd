#include <sys/mman.h>

#include "../fd.h"
#include "../outcome.h"
#include "entries.h"
#include "write.h"

namespace tsrun::entries {

Outcome memory_file(const Arguments& a) {
  const std::string& text = a.text(0);
  Fd fd(::memfd_create("tsrun", MFD_CLOEXEC));
  if (!fd.valid()) return failed("memfd_create", "");
  if (!text.empty() && !write_all(fd.get(), text.data(), text.size())) return failed("write", "memfd");
  if (::lseek(fd.get(), 0, SEEK_SET) < 0) return failed("lseek", "memfd");
  return answer_fd(fd.release());
}

}  // namespace tsrun::entries
