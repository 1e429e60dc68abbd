import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { cgroup2Mount, leftovers, mark, pause, stateRoot } from '../harness/index.js';

/** What a restore could leave on the machine, a line for each thing. Others work beside us: what has the mark of another test is theirs. */
export function machine(...directories: readonly string[]): readonly string[] {
  return [
    ...leftovers(mark, stateRoot).map(({ what }) => what),
    ...readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(mountOf),
    ...below(cgroup2Mount).map((path) => `cgroup ${path}`),
    ...names('/run/netns').map((name) => `network ${name}`),
    ...names('/run').map((name) => `/run/${name}`),
    ...names('/tmp')
      .filter((name) => /criu|tsrun/.test(name))
      .map((name) => `/tmp/${name}`),
    ...rules().map((rule) => `rule ${rule}`),
    ...directories.flatMap((directory) => names(directory).map((name) => `${directory}/${name}`)),
  ].filter((line) => !isOfOthers(line));
}

/** What is there and was not there before; waits for what disappears by itself. */
export async function added(before: readonly string[], ...directories: readonly string[]): Promise<readonly string[]> {
  const end = Date.now() + 3_000;
  for (;;) {
    const more = machine(...directories).filter((line) => !before.includes(line));
    if (more.length === 0 || Date.now() > end) return more;
    await pause(50);
  }
}

/** CRIU keeps what it knows of the kernel in /run, and logs and statistics with the image. */
const isOfOthers = (line: string): boolean =>
  /criu\.kdat|\/(restore\.log|stats-restore)$/.test(line) || (/tsrun-test-[0-9a-f]{8}/.test(line) && !line.includes(mark));

function mountOf(line: string): string {
  const fields = line.split(' ');
  return `mount ${fields[4] ?? ''} ${fields[fields.indexOf('-') + 1] ?? ''}`;
}

function names(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function below(directory: string | null): readonly string[] {
  if (directory === null) return [];
  return execFileSync('sh', ['-c', 'find "$0" -type d 2>/dev/null || true', directory], { encoding: 'utf8' }).trim().split('\n');
}

/** The host's rules by which CRIU blocks connections. */
function rules(): readonly string[] {
  try {
    return execFileSync('iptables-save', { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /CRIU|0xc114/.test(line));
  } catch {
    return [];
  }
}
