/** The platforms that have a package, with npm's names for them. */
export const platforms = {
  'linux-x64-gnu': { cpu: 'x64', libc: 'glibc' },
  'linux-x64-musl': { cpu: 'x64', libc: 'musl' },
  'linux-arm64-gnu': { cpu: 'arm64', libc: 'glibc' },
  'linux-arm64-musl': { cpu: 'arm64', libc: 'musl' },
};

/** The platform of the running Node.js, for which `npm run build` builds. */
export function ownPlatform() {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
  return `linux-${process.arch}-${libc}`;
}
