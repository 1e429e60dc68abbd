/** The platforms that have a package, in the words of npm. */
export const platforms = {
  'linux-x64-gnu': { cpu: 'x64', libc: 'glibc' },
  'linux-x64-musl': { cpu: 'x64', libc: 'musl' },
  'linux-arm64-gnu': { cpu: 'arm64', libc: 'glibc' },
  'linux-arm64-musl': { cpu: 'arm64', libc: 'musl' },
};

/** That of the Node.js that runs this: what `npm run build` builds for. */
export function ownPlatform() {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
  return `linux-${process.arch}-${libc}`;
}
