import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** The date of packages and manual pages: SOURCE_DATE_EPOCH, or that of the commit, or in an unpacked archive that of package.json. */
export function sourceDate() {
  const seconds = process.env['SOURCE_DATE_EPOCH'] ?? commitDate();
  return seconds === undefined ? statSync('package.json').mtime : new Date(Number(seconds) * 1000);
}

function commitDate() {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
