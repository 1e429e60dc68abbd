import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll } from 'vitest';

/** Names of runtime-spec, and those of /proc/PID/ns. */
const files: Readonly<Record<string, string>> = { network: 'net', ipc: 'ipc', uts: 'uts', cgroup: 'cgroup', pid: 'pid' };

let holder: number | null = null;
let end = (): void => undefined;

// A worker of the test runner has no exit of its own to hang this on.
afterAll(() => end());

/** A namespace of a process that is there until the tests end. */
export function namespaceToJoin(type: string): string {
  holder ??= newHolder();
  return `/proc/${holder}/ns/${files[type] ?? type}`;
}

/** `unshare` forks: the child is init of the pid namespace, and dies with its parent. */
function newHolder(): number {
  const parent = spawn('unshare', ['--net', '--ipc', '--uts', '--cgroup', '--pid', '--fork', '--kill-child', 'sleep', 'infinity'], {
    stdio: 'ignore',
  });
  parent.unref();
  end = () => void parent.kill('SIGKILL');
  const children = `/proc/${String(parent.pid)}/task/${String(parent.pid)}/children`;
  for (let tries = 0; tries < 500; tries++) {
    const child = existsSync(children) ? readFileSync(children, 'utf8').trim() : '';
    // Its namespaces are all there once the program runs.
    if (child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'sleep') return Number(child);
    execFileSync('sleep', ['0.01']);
  }
  throw new Error('no process to hold namespaces');
}
