/**
 * Usage: node scripts/flags.mjs TARGET compile|cxx|link
 *
 * The flags of the compiler and the linker, one a line: binding.gyp and CMakeLists.txt both read them here. `all` are those of every target, beside its own.
 */
const none = { compile: [], cxx: [], link: [] };

export const flags = {
  all: {
    compile: [
      '-O2',
      '-Wall',
      '-Wextra',
      '-fvisibility=hidden',
      '-ffunction-sections',
      '-fdata-sections',
      '-fstack-protector-strong',
      '-fno-strict-aliasing',
    ],
    cxx: ['-Werror', '-std=c++17', '-fno-exceptions', '-fno-rtti'],
    link: ['-Wl,--gc-sections', '-Wl,-O1', '-s'],
  },
  /** Freestanding. The canary is a variable (stack_guard.cc): there is no thread control block. Decision 0015. */
  init: {
    compile: ['-ffreestanding', '-fno-pie', '-mstack-protector-guard=global', '-fno-asynchronous-unwind-tables', '-mgeneral-regs-only'],
    cxx: ['-fno-threadsafe-statics'],
    link: ['-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,norelro'],
  },
  /** Position independent, since the addon is a shared object. */
  core: { ...none, compile: ['-fPIC'] },
  /** libgcc_s is shared, since Node.js has it loaded and the static one needs glibc 2.35 (glibc_2_28.cc). */
  addon: { ...none, link: ['-Wl,-z,relro,-z,now', '-static-libstdc++'] },
  tool: { ...none, compile: ['-fPIE'] },
  /** The engine's calls of gettimeofday lead to native/quickjs/heap/maker.cc. */
  host: { ...none, compile: ['-fPIE'], link: ['-Wl,-z,relro,-z,now', '-Wl,--wrap=gettimeofday'] },
  /**
   * Static, since looking for shared libraries would take a quarter of the start-up; position independent all the same (3 % slower), because a program of root's
   * that reads what others wrote should not lie at known addresses.
   */
  static: { ...none, link: ['-static-pie'] },
  /** With a shared libseccomp. */
  shared: { ...none, link: ['-pie', '-static-libstdc++', '-static-libgcc'] },
};

if (process.argv[1] === import.meta.filename) {
  const [target, kind] = process.argv.slice(2);
  for (const flag of flags[target][kind]) console.log(flag);
}
