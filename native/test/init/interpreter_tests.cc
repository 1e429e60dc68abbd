// Detects a missing interpreter of a program.
#include <elf.h>

#include <cstring>

#include "../../init/programs/interpreter.h"
#include "scratch.h"

namespace tsrun::test {
namespace {

// An ELF file with one program header, PT_INTERP.
std::string elf(const std::string& interpreter, uint64_t claimed) {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment = {};
  segment.p_type = PT_INTERP;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_filesz = claimed;
  std::string bytes(reinterpret_cast<char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<char*>(&segment), sizeof segment);
  return bytes + interpreter + '\0';
}

init::Result examine(Scratch& scratch, const std::string& bytes) {
  scratch.file("/program", bytes);
  init::Path interpreter;
  return init::check_interpreter(scratch.state(), scratch.inside("/program").c_str(), interpreter);
}

bool misses(Scratch& scratch, const std::string& bytes, const std::string& interpreter) {
  return examine(scratch, bytes).step == plan::Step::kInterpreter && interpreter == scratch.state().about.c_str();
}

}  // namespace

void interpreter_tests() {
  Scratch scratch;
  check(misses(scratch, "#! /no/such -x\n", "/no/such"), "the missing interpreter of a script is found");
  check(misses(scratch, "#!/no/such", "/no/such"), "the missing interpreter of a script without a newline is found");
  check(!examine(scratch, "#!/bin/sh\n").failed(), "a script with an existing interpreter is accepted");
  check(misses(scratch, elf("/no/ld.so", 10), "/no/ld.so"), "the missing interpreter of an ELF file is found");
  check(!examine(scratch, elf("/bin/sh", 8)).failed(), "an ELF file with an existing interpreter is accepted");
  check(!examine(scratch, elf("/no/ld.so", 100000)).failed(), "an impossible length is left to execve");
  check(!examine(scratch, elf("/no/ld.so", 10).substr(0, 70)).failed(), "a truncated file is left to execve");
  check(!examine(scratch, "").failed() && !examine(scratch, "#!").failed(), "a very short file is left to execve");
}

}  // namespace tsrun::test
