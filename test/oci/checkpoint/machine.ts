import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect, leftovers, mark, pause, stateOf, stateRoot } from '../harness/index.js';

/**
 * What a restore could leave on the machine, a line for each thing: what has our mark (processes, mounts, cgroups, state), what CRIU names
 * after itself, and what is in these directories. Others work beside us and make things of their own.
 */
export function machine(...directories: readonly string[]): readonly string[] {
  return [
    ...leftovers(mark, stateRoot).map(({ what }) => what),
    ...readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(isOfCriu).map(mountOf),
    ...['/run/netns', '/run', '/tmp'].flatMap((directory) =>
      names(directory)
        .map((name) => `${directory}/${name}`)
        .filter((path) => isOfCriu(path) || path.includes(mark)),
    ),
    ...rules().map((rule) => `rule ${rule}`),
    ...directories.flatMap((directory) => names(directory).map((name) => `${directory}/${name}`)),
  ].filter((line) => !mayStay.test(line));
}

/** The entries that `before` does not have. Waits some seconds, because some of them are about to be removed. */
export async function added(before: readonly string[], ...directories: readonly string[]): Promise<readonly string[]> {
  const end = Date.now() + 10_000;
  for (;;) {
    const more = machine(...directories).filter((line) => !before.includes(line));
    if (more.length === 0 || Date.now() > end) return more;
    await pause(50);
  }
}

/** CRIU keeps what it knows of the kernel in /run, and logs and statistics with the image. */
const mayStay = /criu\.kdat|\/(restore\.log|stats-restore)$/;

const isOfCriu = (text: string): boolean => text.includes('criu');

function mountOf(line: string): string {
  const fields = line.split(' ');
  return `mount ${fields[4] ?? ''} ${fields[fields.indexOf('-') + 1] ?? ''}`;
}

function names(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
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

/** A container that was not saved after all: it runs as before, nobody traces it, and nothing of the checkpoint is left. */
export async function isUntouched(id: string, pid: number): Promise<void> {
  expect(await stateOf(id)).toMatchObject({ status: 'running', pid });
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^TracerPid:\t0$/m);
  expect(readdirSync(`${stateRoot}/${id}`).sort()).toEqual(['cgroup', 'state.json']);
}
