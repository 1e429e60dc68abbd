import { readFileSync, readlinkSync, statSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  fail,
  inside,
  makeBundle,
  run,
  running,
  stateOf,
  execInside,
  joinNamespace,
  test,
  untilOutput,
  type Config,
  type IdMapping,
} from '../harness/index.js';

const first = 100_000;

function mapped(config: Config): void {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = [{ containerID: 0, hostID: first, size: 65_536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: first + 1, size: 65_536 }];
}

const own = { owner: first };

describe('in a user namespace', () => {
  test('the mappings are the configured ones', async () => {
    const maps = await inside('cat /proc/self/uid_map /proc/self/gid_map', mapped, own);
    expect(maps.split('\n').map((line) => line.trim().split(/\s+/).map(Number))).toEqual([
      [0, first, 65_536],
      [0, first + 1, 65_536],
    ]);
  });

  test.runIf(can.userNamespaceWithoutMappings)('without mappings, root is the only user', async () => {
    const maps = await inside('id -u; cat /proc/self/uid_map /proc/self/gid_map', (config) => {
      config.linux.namespaces.push({ type: 'user' });
      // There is no group 5 for its terminals.
      config.mounts = config.mounts.filter(({ destination }) => destination !== '/dev/pts');
    });
    expect(maps.trim().split(/\s+/).map(Number)).toEqual([0, 0, 0, 1, 0, 0, 1]);
  });

  test('several mappings take effect', async () => {
    const maps = await inside(
      'cat /proc/self/uid_map',
      (config) => {
        mapped(config);
        config.linux.uidMappings = [
          { containerID: 0, hostID: first, size: 10 },
          { containerID: 1000, hostID: first + 5000, size: 20 },
        ];
      },
      own,
    );
    expect(maps.split('\n').map((line) => line.trim().split(/\s+/).map(Number))).toEqual([
      [0, first, 10],
      [1000, first + 5000, 20],
    ]);
  });

  test('the program is root inside and unprivileged outside', async () => {
    const container = await running({ script: 'id -u; id -g; sleep 1000', config: mapped, ...own });
    await untilOutput(container, /0\n0/);
    const { pid } = await stateOf(container.id);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\s+${first}\\s+${first}\\s`, 'm'));
    expect(status).toMatch(new RegExp(`^Gid:\\s+${first + 1}\\s+${first + 1}\\s`, 'm'));
  });

  test('root owns /dev/mqueue', async () => {
    expect(await inside('stat -c %u /dev/mqueue', mapped, own)).toBe('0');
  });

  test('a new file belongs to the mapped user outside', async () => {
    const config = (one: Config): void => {
      mapped(one);
      one.root.readonly = false;
    };
    const bundle = makeBundle({ script: 'touch /tmp/made && stat -c %u /tmp/made', config, ...own });
    const outcome = await run(bundle);
    expect(outcome.stdout).toBe('0\n');
    expect(statSync(`${bundle.rootfs}/tmp/made`).uid).toBe(first);
  });

  test('users other than root are mapped, too', async () => {
    const container = await running({ config: (config) => (mapped(config), (config.process.user = { uid: 1000, gid: 1000 })), ...own });
    const { pid } = await stateOf(container.id);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\s+${first + 1000}\\s`, 'm'));
  });

  test('the default mounts and devices exist', async () => {
    const seen = await inside(
      'echo text > /dev/null && head -c 3 /dev/zero | wc -c && test -d /proc/1 && test -d /sys/class && test -e /dev/ptmx && echo all',
      mapped,
      own,
    );
    expect(seen).toBe('3\nall');
  });

  test('exec enters it', async () => {
    const container = await running({ config: mapped, ...own });
    expect(await execInside(container.id, 'id -u; readlink /proc/self/ns/user')).toBe(
      `0\n${await execInside(container.id, 'readlink /proc/1/ns/user')}`,
    );
    expect(await execInside(container.id, 'awk "{print \\$2}" /proc/self/uid_map')).toBe(String(first));
  });

  test.runIf(can.joinUserNamespaceWithoutMappings)('another container can join it, with its network', async () => {
    const container = await running({ config: mapped, ...own });
    const { pid } = await stateOf(container.id);
    const seen = await inside(
      'readlink /proc/self/ns/user; readlink /proc/self/ns/net; id -u',
      (config) => {
        joinNamespace(config, 'user', `/proc/${pid}/ns/user`);
        joinNamespace(config, 'network', `/proc/${pid}/ns/net`);
      },
      own,
    );
    const [user, net, uid] = seen.split('\n');
    const there = (await execInside(container.id, 'readlink /proc/1/ns/user; readlink /proc/1/ns/net')).split('\n');
    expect([user, net, uid]).toEqual([...there, '0']);
  });
});

test('without a user namespace, mappings are not applied', async () => {
  const seen = await inside('readlink /proc/self/ns/user', (config) => {
    config.linux.uidMappings = [{ containerID: 0, hostID: first, size: 1 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: first, size: 1 }];
  });
  expect(seen).toBe(readlinkSync('/proc/self/ns/user'));
});

test('a user that is not mapped is refused', async () => {
  fail(
    await run(
      makeBundle({ args: ['true'], config: (config) => (mapped(config), (config.process.user = { uid: 70_000, gid: 0 })), ...own }),
    ),
  );
});

describe.runIf(can.tsrun)('a joined user namespace for which the configuration has mappings', () => {
  const joining =
    (pid: number, hostID: number) =>
    (config: Config): void => {
      joinNamespace(config, 'user', `/proc/${pid}/ns/user`);
      const inTwo = (from: number): IdMapping[] => [
        { containerID: 0, hostID: from, size: 1000 },
        { containerID: 1000, hostID: from + 1000, size: 64_536 },
      ];
      config.linux.uidMappings = inTwo(hostID);
      config.linux.gidMappings = inTwo(hostID + 1);
    };

  test('must have the same mappings', async () => {
    const { pid } = await stateOf((await running({ config: mapped, ...own })).id);
    const error = fail(await run(makeBundle({ args: ['true'], config: joining(pid, first + 1), ...own })));
    expect(error).toContain(`it maps "0 ${first} 65536", and /linux/uidMappings says "0 ${first + 1} 65536"`);
  });

  test('may list them in other lines', async () => {
    const { pid } = await stateOf((await running({ config: mapped, ...own })).id);
    expect(await inside('id -u', joining(pid, first), own)).toBe('0');
  });
});
