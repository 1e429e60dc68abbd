import { execFileSync } from 'node:child_process';
import { readlinkSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  can,
  describe,
  execInside,
  expect,
  fail,
  inside,
  joinNamespace,
  makeBundle,
  newPath,
  refused,
  run,
  running,
  sameMounts,
  runtime,
  stateOf,
  succeed,
  test,
  withoutNamespace,
  type Config,
} from '../harness/index.js';

/** Type in config.json, and name below /proc/PID/ns. */
const kinds = [
  ['pid', 'pid'],
  ['network', 'net'],
  ['ipc', 'ipc'],
  ['uts', 'uts'],
  ['mount', 'mnt'],
  ['cgroup', 'cgroup'],
] as const;

function withoutMounts(config: Config): void {
  withoutNamespace(config, 'mount');
  config.mounts = [];
  // These need a mount namespace.
  delete config.linux.maskedPaths;
  delete config.linux.readonlyPaths;
  delete config.linux.rootfsPropagation;
  config.root.readonly = false;
}

const host = (name: string): string => readlinkSync(`/proc/self/ns/${name}`);

describe('a namespace', () => {
  test.each(kinds)('%s that is listed is new', async (_type, name) => {
    expect(await inside(`readlink /proc/self/ns/${name}`)).not.toBe(host(name));
  });

  test.each(kinds.filter(([type]) => type !== 'mount'))("%s that is not listed is the host's", async (type, name) => {
    const seen = await inside(`readlink /proc/self/ns/${name}`, (config) => {
      withoutNamespace(config, type);
      // Without a uts namespace the hostname cannot be set; sysfs needs a network namespace with the same owner.
      if (type === 'uts') delete config.hostname;
    });
    expect(seen).toBe(host(name));
  });

  // The peers mount on the host, and leave the mounts there.
  test.runIf(can.tsrun)("mount that is not listed is the host's", async () => {
    const container = await running({ config: withoutMounts });
    const { pid } = await stateOf(container.id);
    expect(readlinkSync(`/proc/${pid}/ns/mnt`)).toBe(host('mnt'));
    expect(readlinkSync(`/proc/${pid}/root`)).toBe(realpathSync(`${container.bundle.directory}/${container.bundle.config.root.path}`));
  });

  test.runIf(can.tsrun)('mount that is not listed stays unchanged, whatever the configuration mounts', async () => {
    const { wrapper, mounts } = sameMounts();
    const bundle = makeBundle({
      script: 'ls /proc',
      config: (config) => {
        const { mounts } = config;
        withoutMounts(config);
        config.mounts = mounts;
      },
    });
    const outcome = await run(bundle, { wrapper });
    expect(outcome).toMatchObject({ code: 0, stdout: '' });
    expect(outcome.stderr).toContain('not mounting anything');
    const [before, after] = mounts();
    expect(after).toBe(before);
  });

  test.each(kinds.filter(([type]) => type !== 'mount'))('%s can be joined by its path', async (type, name) => {
    const first = await running();
    const { pid } = await stateOf(first.id);
    const seen = await inside(`readlink /proc/self/ns/${name}`, (config) => {
      joinNamespace(config, type, `/proc/${pid}/ns/${name}`);
      if (type === 'uts') delete config.hostname;
    });
    expect(seen).toBe(readlinkSync(`/proc/${pid}/ns/${name}`));
  });

  test('that is to be joined must exist', async () => {
    expect(await refused((config) => joinNamespace(config, 'network', '/no/where'))).toMatch(/\/no\/where/);
  });

  test('that is to be joined must have the right type', async () => {
    await refused((config) => joinNamespace(config, 'network', '/proc/self/ns/uts'));
  });

  test('may be listed only once', async () => {
    await refused((config) => config.linux.namespaces.push({ type: 'network' }));
  });

  test('of an unknown type is refused', async () => {
    await refused((config) => config.linux.namespaces.push({ type: 'space' }));
  });
});

describe('in the pid namespace', () => {
  test('the program is number 1, and sees only its own processes', async () => {
    expect(await inside('echo $$; ls /proc | grep -c "^[0-9]"')).toMatch(/^1\n[2-4]$/);
  });

  test('a joined one shows the processes of the other container', async () => {
    const first = await running({ args: ['sleep', '4321'] });
    const { pid } = await stateOf(first.id);
    const seen = await inside('tr "\\0" " " < /proc/1/cmdline', (config) => joinNamespace(config, 'pid', `/proc/${pid}/ns/pid`));
    expect(seen).toBe('sleep 4321 ');
  });

  test('that it joined, a container ends even if the owner lives on', async () => {
    const first = await running();
    const { pid } = await stateOf(first.id);
    const second = await running({ config: (config) => joinNamespace(config, 'pid', `/proc/${pid}/ns/pid`) });
    succeed(await runtime(['delete', '--force', second.id]));
    expect((await stateOf(first.id)).status).toBe('running');
  });
});

describe('in the network namespace', () => {
  test('only lo exists, and it is up', async () => {
    expect(await inside('ls /sys/class/net; ip addr show lo | grep -o "LOOPBACK,UP\\|inet 127.0.0.1/8"')).toBe(
      'lo\nLOOPBACK,UP\ninet 127.0.0.1/8',
    );
  });

  test('two processes can communicate over lo', async () => {
    expect(await inside('(echo hello | nc -l -p 4000 > /dev/null) & until nc 127.0.0.1 4000 < /dev/null; do sleep 0.05; done')).toBe(
      'hello',
    );
  });
});

describe('in the uts namespace', () => {
  test('the host name is the configured one, and the host keeps its own', async () => {
    const before = hostname();
    expect(await inside('hostname', (config) => (config.hostname = 'name.example'))).toBe('name.example');
    expect(hostname()).toBe(before);
  });

  test("that is the host's, a host name is refused", async () => {
    await refused((config) => withoutNamespace(config, 'uts'));
  });

  test('exec sees a name that was changed inside', async () => {
    const container = await running({
      script: 'hostname changed; sleep 1000',
      config: (config) => {
        for (const set of ['bounding', 'effective', 'permitted'] as const) config.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
      },
    });
    expect(await execInside(container.id, 'until test $(hostname) = changed; do sleep 0.05; done; hostname')).toBe('changed');
  });
});

describe('in the cgroup namespace', () => {
  test('the container is at the root of its cgroup', async () => {
    expect(await inside('grep ^0: /proc/self/cgroup')).toBe('0::/');
  });
});

describe('in the ipc namespace', () => {
  test("only the container's own queues exist", async () => {
    expect(await inside('ipcs -q | grep -c ^0x; ls /dev/mqueue; true')).toBe('0');
  });
});

// pivot_root(2) changes the root of every process in the namespace: the peers do that to the caller and everything else there.
test.runIf(can.tsrun)("joining the caller's own mount namespace is refused", async () => {
  const change = (config: Config): void => {
    withoutNamespace(config, 'mount');
    config.linux.namespaces.push({ type: 'mount', path: '/proc/self/ns/mnt' });
  };
  const bundle = makeBundle({ args: ['true'], config: change });
  // In a separate mount namespace, because it would change the test's own.
  const outcome = await run(bundle, { wrapper: ['unshare', '-m', '--propagation', 'private'] });
  expect(fail(outcome)).toMatch(/join mount namespace .* tsrun's own mount namespace/);
  expect((await runtime(['check', '--bundle', bundle.directory])).stdout).toContain('/linux/namespaces/');
});

// The peers wait for a writer.
test.runIf(can.tsrun)('nobody waits for a FIFO in the place of a namespace', async () => {
  const path = newPath();
  execFileSync('mkfifo', [path]);
  expect(await refused((config) => joinNamespace(config, 'network', path))).toContain(`open namespace "${path}": not a namespace file`);
});
