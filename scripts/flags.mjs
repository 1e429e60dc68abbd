/**
 * Usage: node scripts/flags.mjs TARGET compile|cxx|link
 *
 * Prints the flags of the compiler and the linker, one per line, for binding.gyp and CMakeLists.txt. `all` applies to every target, in
 * addition to its own.
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
  /** Freestanding. The stack canary is a variable (stack_guard.cc), because there is no thread control block. Decision 0015. */
  init: {
    compile: ['-ffreestanding', '-fno-pie', '-mstack-protector-guard=global', '-fno-asynchronous-unwind-tables', '-mgeneral-regs-only'],
    cxx: ['-fno-threadsafe-statics'],
    link: ['-nostdlib', '-static', '-no-pie', '-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,norelro'],
  },
  /** Position-independent, because the addon is a shared object. */
  core: { ...none, compile: ['-fPIC'] },
  /** libgcc_s is shared, because Node.js has loaded it and the static one needs glibc 2.35 (glibc_2_28.cc). */
  addon: { ...none, link: ['-Wl,-z,relro,-z,now', '-static-libstdc++'] },
  tool: { ...none, compile: ['-fPIE'] },
  /** The engine's calls of gettimeofday are redirected to native/quickjs/heap/maker.cc. */
  host: { ...none, compile: ['-fPIE'], link: ['-Wl,-z,relro,-z,now', '-Wl,--wrap=gettimeofday'] },
  /**
   * Static, because looking for shared libraries would take a quarter of the start-up. Position-independent nevertheless (3 % slower),
   * because a program that runs as root and reads untrusted input should not be at known addresses.
   */
  static: { ...none, link: ['-static-pie'] },
  /** With a shared libseccomp. */
  shared: { ...none, link: ['-pie', '-static-libstdc++', '-static-libgcc'] },
};

if (process.argv[1] === import.meta.filename) {
  const [target, kind] = process.argv.slice(2);
  for (const flag of flags[target][kind]) console.log(flag);
}
