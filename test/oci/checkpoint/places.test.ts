/** checkpoint and restore with CRIU itself: what is around the processes of a container, namespaces, mounts, devices, hooks. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import {
  afterTest,
  can,
  describe,
  execInside,
  expect,
  fail,
  joinNamespace,
  makeBundle,
  mark,
  newDirectory,
  newId,
  runtime,
  stateOf,
  test,
  until,
} from '../harness/index.js';
import { count, countsOn, namedNetwork, restore, save } from './saved.js';

const touch = (file: string): string => `echo kept > ${file}; ${count}`;

describe.runIf(can.tsrun && hasCriu)('a restored container', () => {
  test('has the content of its tmpfs', async () => {
    const saved = await save({ script: touch('/dev/shm/kept') });
    const restored = await restore(saved);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, 'cat /dev/shm/kept')).toBe('kept');
  });

  test('has the bind mounts of its config.json, also read-only ones, those of files, and what the host mounts below them', async () => {
    const source = newDirectory();
    mkdirSync(`${source}/below`);
    writeFileSync(`${source}/file`, 'one file\n');
    execFileSync('mount', ['-t', 'tmpfs', 'none', `${source}/below`]);
    afterTest(() => execFileSync('umount', [`${source}/below`]));
    writeFileSync(`${source}/below/deep`, 'deep\n');
    const saved = await save({
      config: (config) => {
        config.mounts.push({ destination: '/tmp/data', source, options: ['rbind', 'ro'] });
        config.mounts.push({ destination: '/tmp/file', source: `${source}/file`, options: ['bind', 'rw'] });
      },
    });
    const restored = await restore(saved);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, 'cat /tmp/file /tmp/data/below/deep')).toBe('one file\ndeep');
    expect(await execInside(restored.id, 'touch /tmp/data/x 2>/dev/null || echo refused')).toBe('refused');
    expect(await execInside(restored.id, 'echo more >> /tmp/file; cat /tmp/file')).toBe('one file\nmore');
    expect(readFileSync(`${source}/file`, 'utf8')).toBe('one file\nmore\n');
  });

  test('has another source of a bind mount if config.json has another one now', async () => {
    const [first, second] = [newDirectory(), newDirectory()];
    for (const directory of [first, second]) writeFileSync(`${directory}/which`, directory);
    const bundle = makeBundle({
      script: count,
      config: (config) => config.mounts.push({ destination: '/tmp/data', source: first, options: ['bind'] }),
    });
    const saved = await save({ bundle });
    Object.assign(bundle.config.mounts.at(-1) ?? {}, { source: second });
    bundle.save();
    const restored = await restore(saved);
    expect(await execInside(restored.id, 'cat /tmp/data/which')).toBe(second);
  });

  test('has its masked and read-only paths', async () => {
    const saved = await save({ config: (config) => config.linux.maskedPaths?.push('/etc/passwd', '/home') });
    const restored = await restore(saved);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, 'cat /etc/passwd; ls -A /home; wc -c < /proc/keys')).toBe('0');
    expect(await execInside(restored.id, '(echo x > /proc/sys/kernel/domainname) 2>/dev/null || echo refused')).toBe('refused');
    expect(await execInside(restored.id, '(echo x > /proc/sysrq-trigger) 2>/dev/null || echo refused')).toBe('refused');
  });

  test('has its devices, and no others', async () => {
    const saved = await save({
      config: (config) => (config.linux.devices = [{ path: '/dev/mine', type: 'c', major: 1, minor: 7, fileMode: 0o666 }]),
    });
    const restored = await restore(saved);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, '(echo x > /dev/mine) 2>&1; stat -c %t:%T /dev/mine /dev/null')).toMatch(/1:7\n1:3$/);
    expect(await execInside(restored.id, 'head -c 3 /dev/zero | wc -c')).toBe('3');
  });

  test('has the host name of the saved one, and a process namespace of its own', async () => {
    const saved = await save({});
    const restored = await restore(saved);
    const { pid } = await stateOf(restored.id);
    expect(await execInside(restored.id, 'hostname; cat /proc/1/comm')).toBe('box\nsh');
    for (const kind of ['pid', 'mnt', 'uts', 'ipc', 'net', 'cgroup'])
      expect(readlinkSync(`/proc/${pid}/ns/${kind}`), kind).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
  });

  test('is in a user namespace with the mappings of config.json', async () => {
    // CRIU opens files that it gets for standard streams once more, which the container's root may not do.
    const bundle = makeBundle({
      script: 'exec > /dev/null 2>&1; i=0; while :; do i=$((i+1)); echo $i > /dev/shm/count; sleep 0.05; done',
      owner: 100_000,
      config: (config) => {
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    const counted = async (id: string): Promise<number> => Number((await runtime(['exec', id, 'cat', '/dev/shm/count'])).stdout);
    let reached = 0;
    const saved = await save({ bundle, ready: async (_, id) => (reached = await counted(id)) > 3 });
    const { mode, gid } = statSync(saved.image);
    expect([mode & 0o777, gid]).toEqual([0o710, 100_000]);
    const restored = await restore(saved);
    await until('it counts on', async () => (await counted(restored.id)) > reached);
    const { pid } = await stateOf(restored.id);
    expect(readFileSync(`/proc/${pid}/uid_map`, 'utf8')).toMatch(/^\s*0\s+100000\s+65536$/m);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:(\s+100000){4}$/m);
  });

  test('is refused in a user namespace whose root cannot open the image', async () => {
    const bundle = makeBundle({
      config: (config) => {
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      },
    });
    const image = newDirectory();
    chmodSync(image, 0o700);
    const error = fail(await runtime(['restore', '--detach', '--image-path', image, '--bundle', bundle.directory, newId()]));
    expect(error).toContain(`image "${image}" is not accessible to the container's root: permission denied (EACCES)`);
    expect(error).toContain('give the directory that group and mode 710');
  });

  test('is in the network namespace that an engine has made and config.json names now', async () => {
    const [first, second] = [namedNetwork(`${mark}-a`), namedNetwork(`${mark}-b`)];
    execFileSync('ip', ['-n', `${mark}-b`, 'link', 'add', 'second', 'type', 'bridge']);
    const bundle = makeBundle({ script: count, config: (config) => joinNamespace(config, 'network', first) });
    const saved = await save({ bundle });
    joinNamespace(bundle.config, 'network', second);
    bundle.save();
    const restored = await restore(saved);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, 'cat /proc/net/dev')).toContain('second:');
  });

  test('has the interface that a hook has put into its empty network namespace', async () => {
    const directory = newDirectory();
    const script = `pid=$(sed 's/.*"pid": *\\([0-9]*\\).*/\\1/'); echo $pid > ${directory}/pid; exec nsenter -t $pid -n ip link add hooked type bridge`;
    const hook = { path: '/bin/sh', args: ['sh', '-c', script], env: [`PATH=${process.env['PATH'] ?? ''}`] };
    const bundle = makeBundle({ script: count, config: (config) => (config.hooks = { createRuntime: [hook] }) });
    const saved = await save({ bundle, checkpoint: ['--empty-ns', 'network'] });
    rmSync(`${directory}/pid`);
    const restored = await restore(saved, ['--empty-ns', 'network']);
    await countsOn(saved, restored);
    expect(readFileSync(`${directory}/pid`, 'utf8').trim()).toBe(String((await stateOf(restored.id)).pid));
    expect(await execInside(restored.id, 'cat /proc/net/dev')).toContain('hooked:');
  });

  test('shares the network of the host if the saved one did', async () => {
    const saved = await save({
      config: (config) => (config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network')),
    });
    const restored = await restore(saved);
    await countsOn(saved, restored);
    expect(readlinkSync(`/proc/${(await stateOf(restored.id)).pid}/ns/net`)).toBe(readlinkSync('/proc/self/ns/net'));
  });
});
