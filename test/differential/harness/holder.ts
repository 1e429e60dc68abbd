import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import { cgroup2Mount } from '../../oci/harness/capabilities.js';
import { pause } from '../../oci/harness/index.js';

/** Names in runtime-spec, and the names in /proc/PID/ns. */
const files: Readonly<Record<string, string>> = {
  network: 'net',
  ipc: 'ipc',
  uts: 'uts',
  cgroup: 'cgroup',
  pid: 'pid',
  time: 'time',
  user: 'user',
};

/** Offsets of the time namespace that is joined, in seconds. */
export const heldOffsets = { monotonic: 77, boottime: 88 };

/** The first host id of the user namespace that is joined. */
export const heldIds = 100_000;

const options: Readonly<Record<'user' | 'others', readonly string[]>> = {
  user: ['--user'],
  others: [
    ...['--net', '--ipc', '--uts', '--cgroup', '--pid', '--time'],
    ...[`--monotonic=${heldOffsets.monotonic}`, `--boottime=${heldOffsets.boottime}`],
  ],
};

const holders = new Map<string, number>();
const ends: (() => void)[] = [];

/** What the holders are in, so that what a cgroup namespace shows does not change with the other cgroups of the host. */
const cgroup = cgroup2Mount === null ? null : `${cgroup2Mount}/differential-${process.pid}`;

// A worker of the test runner has no exit event for this. The cgroup of the holders can only be removed after all of them have ended.
afterAll(async () => {
  for (const end of ends) end();
  for (let tries = 0; tries < 500 && !isRemoved(); tries++) await pause(10);
});

function isRemoved(): boolean {
  try {
    if (cgroup !== null && existsSync(cgroup)) rmdirSync(cgroup);
    return true;
  } catch {
    return false;
  }
}

/** A namespace of a process that lives until the tests end. */
export function namespaceToJoin(type: string): string {
  const kind = type === 'user' ? 'user' : 'others';
  const holder = holders.get(kind) ?? newHolder(options[kind]);
  holders.set(kind, holder);
  if (kind === 'user') mapIds(holder);
  return `/proc/${holder}/ns/${files[type] ?? type}`;
}

/** `unshare` forks: the child is init of the pid namespace, and dies with its parent. */
function newHolder(namespaces: readonly string[]): number {
  if (cgroup !== null) mkdirSync(cgroup, { recursive: true });
  const enter = cgroup === null ? '' : `echo $$ > ${cgroup}/cgroup.procs && `;
  const script = `${enter}exec unshare "$@" --fork --kill-child sleep infinity`;
  const parent = spawn('sh', ['-c', script, 'sh', ...namespaces], { stdio: 'ignore' });
  parent.unref();
  const pid = String(parent.pid);
  ends.push(() => void parent.kill('SIGKILL'));
  const children = `/proc/${pid}/task/${pid}/children`;
  for (let tries = 0; tries < 500; tries++) {
    const child = existsSync(children) ? readFileSync(children, 'utf8').trim() : '';
    // All its namespaces exist once the program runs.
    if (child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'sleep') return Number(child);
    execFileSync('sleep', ['0.01']);
  }
  throw new Error('no process to hold namespaces');
}

function mapIds(holder: number): void {
  for (const map of ['uid_map', 'gid_map']) {
    if (readFileSync(`/proc/${holder}/${map}`, 'utf8') === '') writeFileSync(`/proc/${holder}/${map}`, `0 ${heldIds} 65536\n`);
  }
}

/**
 * A script that runs another one with a mount namespace to join at `link`, which belongs to nobody else: a runtime changes the root of the
 * namespace that it joins, for good.
 */
export function withMountNamespace(link: string, script: string): string {
  const differs = '[ "$(readlink /proc/$holder/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]';
  return (
    `unshare --mount --propagation private sleep 1000 < /dev/null > /dev/null 2>&1 & holder=$!; ` +
    `until ${differs}; do sleep 0.01; done; ln -sfn /proc/$holder/ns/mnt ${link}; ( ${script} ); code=$?; kill -KILL $holder; wait $holder 2> /dev/null; exit $code`
  );
}
