/**
 * Usage: node scripts/package/glibc.mjs FILE...
 *
 * Prints every symbol that an ELF file needs of a glibc newer than the oldest that is supported; ends with 1 if there is one.
 */
import { execFileSync } from 'node:child_process';

/** Debian 10, RHEL 8, Ubuntu 20.04: the oldest that the binaries of Node.js 20 run on, too. README names it. */
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
