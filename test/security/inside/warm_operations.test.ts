import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beginningOf } from '../../../src/container/warm/prefix.js';
import { aheadOfSome } from '../../../src/container/warm/prefix_rules.js';
import type { Operation, OperationName } from '../../../src/protocol/operations.js';
import type { PlanDocument } from '../../../src/plan/print.js';
import {
  afterTest,
  can,
  cgroup2Mount,
  describe,
  expect,
  makeBundle,
  newDirectory,
  newId,
  runtime,
  stateRoot,
  succeed,
  test,
  type Bundle,
  type Config,
} from '../../oci/harness/index.js';

/**
 * An operation that may be carried out before its container is created, a change of the host that could affect its result, and what the
 * container then sees. A container from a slot that was created before the change must be equal to one that is created after it. The slot
 * is still used (`stays`) if the result follows from the plan alone.
 */
interface Row {
  readonly config?: (config: Config) => unknown;
  /** Shell code. The program with the pool is $PPID, in its own namespaces; $ROOTFS and $SOURCE are the container's. */
  readonly change: string;
  readonly script: string;
  readonly sees: string;
  readonly stays: boolean;
}

const rows: Partial<Record<OperationName, Row>> = {
  // It replaces the program's, which is compared (host/inherited.ts).
  oomScoreAdj: {
    config: (config) => (config.process.oomScoreAdj = 500),
    change: 'echo 300 >/proc/$PPID/oom_score_adj',
    script: 'cat /proc/self/oom_score_adj',
    sees: '500',
    stays: false,
  },
  // The cgroup namespace starts at the slot's own cgroup, wherever the program is by then.
  unshare: {
    change: 'echo $PPID >$CGROUP/cgroup.procs',
    script: 'grep ^0: /proc/self/cgroup',
    sees: '0::/',
    stays: true,
  },
  // Written as offsets to clocks, not as times (time_namespaces(7)).
  timeOffsets: {
    config: (config) => {
      config.linux.namespaces.push({ type: 'time' });
      config.linux.timeOffsets = { boottime: { secs: 86_400, nanosecs: 0 } };
    },
    change: 'sleep 1.5',
    script: 'grep boottime /proc/self/timens_offsets | tr -s " \\t" " "; echo $(($(cut -d. -f1 /proc/uptime) > 86400))',
    sees: 'boottime 86400 0\n1',
    stays: true,
  },
  // The session is the slot's own, even if others start or end theirs.
  newSession: { change: 'setsid true', script: 'cut -d" " -f6 /proc/self/stat', sees: '1', stays: true },
  // Names that are not set are compared.
  hostname: { config: (config) => (config.hostname = 'warm'), change: 'hostname other', script: 'hostname', sees: 'warm', stays: false },
  domainname: {
    config: (config) => {
      config.hostname = 'warm';
      config.domainname = 'of.warm';
    },
    change: 'echo other >/proc/sys/kernel/domainname',
    script: 'cat /proc/sys/kernel/domainname',
    sees: 'of.warm',
    stays: false,
  },
  // In the new network namespace, where nobody else is.
  loopbackUp: {
    change: 'ip link set lo up; ip link set lo down',
    script: 'grep -q 127.0.0.1 /proc/net/fib_trie && echo up',
    sees: 'up',
    stays: true,
  },
  // personality(2) sets all of it.
  personality: {
    config: (config) => (config.linux['personality'] = { domain: 'LINUX32' }),
    change: 'setarch --addr-no-randomize true',
    script: 'uname -m',
    sees: process.arch === 'x64' ? 'i686' : 'armv8l',
    stays: true,
  },
  // Only those of the new namespaces; the host's are separate.
  sysctl: {
    config: (config) => (config.linux['sysctl'] = { 'kernel.msgmax': '9000', 'net.ipv4.ip_forward': '1' }),
    change: 'echo 12345 >/proc/sys/kernel/msgmax; echo 0 >/proc/sys/net/ipv4/ip_forward',
    script: 'cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward',
    sees: '9000\n1',
    stays: true,
  },
  // Sources are compared; the rest of the host's mounts is not in the namespace.
  ownMounts: {
    change: 'mount -t tmpfs tmpfs "$SOURCE"',
    script: 'grep -c " $SOURCE " /proc/self/mountinfo',
    sees: '0',
    stays: true,
  },
  // The copy of the host's mounts is private or a slave, and is detached. A change of the host's is compared if it is a source, and
  // invisible otherwise.
  rootPropagation: {
    change: 'mount -t tmpfs tmpfs "$SOURCE" && mount --make-shared "$SOURCE"',
    script: 'grep -c "shared:" /proc/self/mountinfo',
    sees: '0',
    stays: true,
  },
  rootfs: {
    change: 'mount -o remount,bind,ro "$ROOTFS"',
    script: 'touch /new 2>/dev/null || echo read-only',
    sees: 'read-only',
    stays: false,
  },
  // The file that the source names, its mount and its flags are compared.
  mount: {
    config: (config) => config.mounts.push({ destination: '/data', type: 'bind', source: '$SOURCE', options: ['bind'] }),
    change: 'mv "$SOURCE" "$SOURCE.old"; mkdir "$SOURCE"; echo new >"$SOURCE/file"',
    script: 'cat /data/file',
    sees: 'new',
    stays: false,
  },
  // In a tmpfs of the slot, which covers the image's files.
  device: {
    change: 'mkdir -p "$ROOTFS/dev"; echo secret >"$ROOTFS/dev/null"',
    script: 'stat -c "%F %t:%T" /dev/null; cat /dev/null',
    sees: 'character special file 1:3',
    stays: true,
  },
  symlink: {
    change: 'mkdir -p "$ROOTFS/dev"; ln -s /etc/passwd "$ROOTFS/dev/fd"',
    script: 'readlink /dev/fd',
    sees: '/proc/self/fd',
    stays: true,
  },
  // Nothing of the old root is left, whatever is mounted there later.
  pivotRoot: { change: 'mount -t tmpfs tmpfs "$SOURCE"', script: 'grep -c " $SOURCE " /proc/self/mountinfo', sees: '0', stays: true },
};

interface Seen {
  readonly warm: string;
  readonly cold: string;
  readonly fromSlot: number;
}

/** A program in its own namespaces creates both containers, so that the host may be changed. */
async function runBoth(bundle: Bundle, { change }: Row, environment: NodeJS.ProcessEnv): Promise<Seen> {
  const program = `
    import { execFileSync } from 'node:child_process';
    import { Runtime } from '${join(import.meta.dirname, '../../../dist/library/index.js')}';
    const [root, bundle, change, ...ids] = process.argv.slice(1);
    const outputOf = async (runtime, id) => { const { stdout, stderr } = await runtime.run({ id, bundle }); return (stdout + stderr).trim(); };
    const runtime = new Runtime({ root });
    const pool = await runtime.prewarm({ count: 1, bundle });
    execFileSync('sh', ['-ec', change], { stdio: 'inherit' });
    const warm = await outputOf(runtime, ids[0]);
    const fromSlot = pool.warm;
    await pool.close();
    console.log(JSON.stringify({ warm, fromSlot, cold: await outputOf(new Runtime({ root }), ids[1]) }));`;
  // In a separate mount namespace, the root is a mount that can be changed.
  const script = 'mount --bind "$ROOTFS" "$ROOTFS" && exec "$0" "$@"';
  const node = [process.execPath, '--input-type=module', '-e', program, stateRoot, bundle.directory, change, newId(), newId()];
  const owner = spawn('unshare', ['--mount', '--uts', '--ipc', '--net', 'sh', '-c', script, ...node], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  const output = text(owner.stdout);
  const [code] = (await once(owner, 'exit')) as [number];
  expect(code).toBe(0);
  return JSON.parse(await output) as Seen;
}

/** The operations that a slot for the bundle has carried out. */
async function doneAhead(bundle: Bundle): Promise<readonly OperationName[]> {
  const { operations } = JSON.parse(succeed(await runtime(['plan', '--format', 'json', '--bundle', bundle.directory]))) as PlanDocument;
  const list = operations.map(({ operation, arguments: fields }) => ({ op: operation, ...fields }) as unknown as Operation);
  return beginningOf({
    cloneFlags: 0,
    operations: list,
    descriptors: [],
    idMaps: null,
    mountIdmaps: [],
    hostLimits: [],
    hostOomScoreAdj: null,
  }).operations.map(({ op }) => op);
}

/** A cgroup to which the program can be moved. */
function newCgroup(): string {
  const path = join(cgroup2Mount ?? '', newId());
  mkdirSync(path);
  afterTest(() => {
    rmdirSync(path);
  });
  return path;
}

describe('an operation that is done in advance has the same result, whatever happens before its container is created', () => {
  test('every such operation has a row here', () => {
    expect(Object.keys(rows).sort()).toEqual([...aheadOfSome()].sort());
  });

  test.for(Object.entries(rows))('%s', async ([name, row], { skip }) => {
    if (name === 'timeOffsets' && !can.timeNamespace) skip('the kernel has no time namespaces');
    if (name === 'ownMounts' && !can.emptyMountNamespace) skip('the kernel has no empty mount namespaces (Linux 7.2)');
    const source = newDirectory();
    writeFileSync(`${source}/file`, 'old\n');
    const named = (words: string): string => words.replaceAll('$SOURCE', source);
    const bundle = makeBundle({
      script: named(row.script),
      config: (config) => {
        row.config?.(config);
        for (const mount of config.mounts) if (mount.source !== undefined) mount.source = named(mount.source);
      },
    });
    expect(await doneAhead(bundle)).toContain(name);
    const seen = await runBoth(bundle, row, { ...process.env, ROOTFS: bundle.rootfs, SOURCE: source, CGROUP: newCgroup() });
    expect(seen).toEqual({ warm: row.sees, cold: row.sees, fromSlot: row.stays ? 1 : 0 });
  });
});
