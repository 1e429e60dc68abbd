#include "interpreter.h"

#include <linux/elf.h>

namespace tsrun::init {
namespace {

// BINPRM_BUF_SIZE of linux/binfmts.h: the part of a file that the kernel examines.
constexpr uint32_t kHead = 256;
constexpr uint16_t kMaxHeaders = 64;

long read_at(int fd, void* into, size_t size, uint64_t offset) { return sys::call(__NR_pread64, fd, into, size, offset); }

void from_script(const char* head, uint32_t size, Path& interpreter) {
  uint32_t start = 2;
  while (start < size && (head[start] == ' ' || head[start] == '\t')) ++start;
  uint32_t end = start;
  while (end < size && head[end] != ' ' && head[end] != '\t' && head[end] != '\n' && head[end] != '\0') ++end;
  interpreter.add(Text{head + start, end - start});
}

template <typename Header, typename Segment>
void from_elf(int fd, const char* head, Path& interpreter) {
  Header header;
  memcpy(&header, head, sizeof header);
  if (header.e_phentsize != sizeof(Segment)) return;
  Segment segments[kMaxHeaders];
  const uint16_t count = header.e_phnum < kMaxHeaders ? header.e_phnum : kMaxHeaders;
  const long size = read_at(fd, segments, count * sizeof(Segment), header.e_phoff);
  for (uint16_t i = 0; i < count && static_cast<long>((i + 1) * sizeof(Segment)) <= size; ++i) {
    const Segment& segment = segments[i];
    if (segment.p_type != PT_INTERP || segment.p_filesz == 0 || segment.p_filesz > Path::capacity()) continue;
    const long length = read_at(fd, interpreter.data(), segment.p_filesz, segment.p_offset);
    if (length > 0) interpreter.resize(static_cast<uint32_t>(length)).resize(static_cast<uint32_t>(strlen(interpreter.c_str())));
    return;
  }
}

}  // namespace

Result check_interpreter(State& state, const char* path, Path& interpreter) {
  interpreter.clear();
  const Fd fd(sys::open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK));
  if (!fd.valid()) return kDone;
  char head[kHead] = {};
  const long size = sys::read(fd.get(), head, sizeof head);
  if (size < 4) return kDone;
  if (head[0] == '#' && head[1] == '!') {
    from_script(head, static_cast<uint32_t>(size), interpreter);
  } else if (memcmp(head, ELFMAG, SELFMAG) == 0) {
    if (head[EI_CLASS] == ELFCLASS64) from_elf<Elf64_Ehdr, Elf64_Phdr>(fd.get(), head, interpreter);
    if (head[EI_CLASS] == ELFCLASS32) from_elf<Elf32_Ehdr, Elf32_Phdr>(fd.get(), head, interpreter);
  }
  if (interpreter.size() == 0) return kDone;
  struct statx status;
  const long result = sys::stat(AT_FDCWD, interpreter.c_str(), status);
  return result == -ENOENT || result == -ENOTDIR ? failed(state, Step::kInterpreter, -ENOENT, interpreter.text()) : kDone;
}

}  // namespace tsrun::init
