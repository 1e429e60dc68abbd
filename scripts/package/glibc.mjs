/**
 * Usage: node scripts/package/glibc.mjs FILE...
 *
 * Prints every symbol of an ELF file that needs a glibc newer than the oldest supported one; exits with 1 if there is any.
 */
import { execFileSync } from 'node:child_process';

/** That of Debian 10, RHEL 8 and Ubuntu 20.04, and the oldest that the binaries of Node.js 20 support. README names it. */
const oldest = '2.28';

const numbers = (version) => version.split('.').map(Number);
function isNewer(version) {
  const [[major, minor], [oldestMajor, oldestMinor]] = [numbers(version), numbers(oldest)];
  return major > oldestMajor || (major === oldestMajor && minor > oldestMinor);
}

let found = 0;
for (const file of process.argv.slice(2)) {
  const symbols = execFileSync('readelf', ['--dyn-syms', '--wide', file], { encoding: 'utf8' });
  for (const [, symbol, version] of symbols.matchAll(/ UND (\S+?)@GLIBC_([\d.]+)/g)) {
    if (!isNewer(version)) continue;
    console.log(`${file}: ${symbol} needs glibc ${version}, newer than ${oldest}`);
    found++;
  }
}
process.exitCode = found === 0 ? 0 : 1;
