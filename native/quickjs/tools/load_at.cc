// A build tool: executes a position-independent program at an address of our choice instead of one that the kernel chooses.
//   load-at ADDRESS PROGRAM ARGUMENT...
// personality(2) with ADDR_NO_RANDOMIZE is not enough: the resulting address depends on the kernel and on the stack limit, and Docker's
// seccomp profile does not allow it. This works without the kernel's help, and under qemu-user, too.
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// 4 KB on x86-64; on arm64 it depends on the kernel's configuration.
const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
uintptr_t pageOf(uintptr_t address) { return address & ~(page - 1); }
uintptr_t wholePages(uintptr_t size) { return pageOf(size + page - 1); }

[[noreturn]] void fail(const char* what, const char* subject) {
  fprintf(stderr, "load-at: %s %s: %s\n", what, subject, strerror(errno));
  exit(1);
}

struct Loaded {
  uintptr_t base, entry, headers;
  size_t count;
  const char* interpreter;
};

int protectionOf(const Elf64_Phdr& segment) {
  return ((segment.p_flags & PF_R) != 0 ? PROT_READ : 0) | ((segment.p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
         ((segment.p_flags & PF_X) != 0 ? PROT_EXEC : 0);
}

// Reserves the whole span, then puts each segment in its place, as load_elf_binary in the kernel does.
Loaded load(const char* path, uintptr_t wanted) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) < 0) fail("open", path);
  const auto size = static_cast<size_t>(status.st_size);
  void* const whole = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (whole == MAP_FAILED) fail("map", path);
  const auto* const file = static_cast<const char*>(whole);
  const auto* const header = reinterpret_cast<const Elf64_Ehdr*>(file);
  errno = ENOEXEC;
  if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_DYN) fail("load", path);
  const auto* const segments = reinterpret_cast<const Elf64_Phdr*>(file + header->e_phoff);
  uintptr_t end = 0;
  const char* interpreter = nullptr;
  for (size_t i = 0; i < header->e_phnum; i++) {
    if (segments[i].p_type == PT_LOAD) end = segments[i].p_vaddr + segments[i].p_memsz;
    if (segments[i].p_type == PT_INTERP) interpreter = file + segments[i].p_offset;
  }
  void* const span = mmap(reinterpret_cast<void*>(wanted), wholePages(end), PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (wanted == 0 ? 0 : MAP_FIXED_NOREPLACE), -1, 0);
  if (span == MAP_FAILED) fail("reserve memory for", path);
  const auto base = reinterpret_cast<uintptr_t>(span);
  if (wanted != 0 && base != wanted) fail("reserve the wanted address for", path);
  for (size_t i = 0; i < header->e_phnum; i++) {
    const Elf64_Phdr& segment = segments[i];
    if (segment.p_type != PT_LOAD) continue;
    const uintptr_t start = base + segment.p_vaddr, from = pageOf(start), filled = start + segment.p_filesz;
    const uintptr_t mapped = wholePages(filled), last = wholePages(start + segment.p_memsz);
    const int protection = protectionOf(segment);
    if (mmap(reinterpret_cast<void*>(from), mapped - from, protection, MAP_PRIVATE | MAP_FIXED, fd,
             static_cast<off_t>(segment.p_offset - (start - from))) == MAP_FAILED) {
      fail("map a segment of", path);
    }
    if (segment.p_memsz == segment.p_filesz) continue;
    memset(reinterpret_cast<void*>(filled), 0, mapped - filled);
    if (last > mapped &&
        mmap(reinterpret_cast<void*>(mapped), last - mapped, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
      fail("map zeros of", path);
    }
  }
  close(fd);
  return {base, base + header->e_entry, base + header->e_phoff, header->e_phnum, interpreter};
}

[[noreturn]] void enter(uintptr_t entry, void* stack) {
#if defined(__x86_64__)
  asm volatile("mov %1, %%rsp\n\txor %%edx, %%edx\n\tjmp *%0" ::"r"(entry), "r"(stack) : "memory", "rdx");
#elif defined(__aarch64__)
  asm volatile("mov sp, %1\n\tmov x0, xzr\n\tbr %0" ::"r"(entry), "r"(stack) : "memory", "x0");
#else
#error "load-at: neither x86-64 nor arm64"
#endif
  __builtin_unreachable();
}

}  // namespace

int main(int argc, char** argv, char** environment) {
  if (argc < 3) {
    fprintf(stderr, "usage: load-at ADDRESS PROGRAM ARGUMENT...\n");
    return 1;
  }
  const Loaded program = load(argv[2], strtoull(argv[1], nullptr, 0));
  const Loaded interpreter = program.interpreter == nullptr ? Loaded{} : load(program.interpreter, 0);
  while (*environment != nullptr) environment++;
  for (auto* entry = reinterpret_cast<Elf64_auxv_t*>(environment + 1); entry->a_type != AT_NULL; entry++) {
    if (entry->a_type == AT_PHDR) entry->a_un.a_val = program.headers;
    if (entry->a_type == AT_PHNUM) entry->a_un.a_val = program.count;
    if (entry->a_type == AT_ENTRY) entry->a_un.a_val = program.entry;
    if (entry->a_type == AT_BASE) entry->a_un.a_val = interpreter.base;
  }
  // The stack as the kernel leaves it, without our first two words: the number of arguments, then the arguments.
  long* const stack = reinterpret_cast<long*>(argv + 1);
  *stack = argc - 2;
  enter(program.interpreter == nullptr ? program.entry : interpreter.entry, stack);
}
