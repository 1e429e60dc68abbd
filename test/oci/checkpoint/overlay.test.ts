/** The upper layer of an overlay made by tsrun, in images of CRIU itself. */
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import {
  can,
  describe,
  execInside,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newId,
  newPath,
  running,
  runtime,
  stateOf,
  stateRoot,
  test,
  until,
  type Bundle,
} from '../harness/index.js';
import { count, countsOn, restore, save } from './saved.js';

const call = { timeout: 60_000 };

function bundleWith(script: string): Bundle {
  const bundle = makeBundle({
    script,
    config: (config) => {
      config.root.readonly = false;
      for (const set of ['bounding', 'effective', 'permitted'] as const)
        config.process.capabilities?.[set]?.push('CAP_CHOWN', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_DAC_OVERRIDE');
    },
  });
  mkdirSync(`${bundle.rootfs}/home/old`);
  writeFileSync(`${bundle.rootfs}/home/old/file`, '');
  return bundle;
}

/** A directory for an upper layer. */
function storage(): string {
  const directory = newDirectory();
  chmodSync(directory, 0o700);
  return directory;
}

describe.runIf(can.tsrun && hasCriu)('an image of a container with --overlay=DIRECTORY', () => {
  const writes = [
    'echo kept > /home/kept; ln /home/kept /home/link; ln -s kept /home/symlink; chown 7:8 /home/kept; chmod 4711 /home/kept',
    'rm /etc/group; rm -r /home/old; mkdir /home/old; mkfifo /home/fifo',
    'echo changed > /etc/passwd; dd if=/dev/zero of=/home/sparse bs=1 count=1 seek=1000000 2>/dev/null; exec 5>/home/open; echo ready',
  ].join('; ');

  test('restores what the container wrote, removed and replaced, also after the container and its layer are gone', async () => {
    const bundle = bundleWith(`${writes}; i=0; while :; do i=$((i+1)); echo $i; echo $i >&5; sleep 0.05; done`);
    const first = storage();
    const saved = await save({ bundle, create: [`--overlay=${first}`], ready: (output) => /\n\d+\n/.test(output) });
    rmSync(first, { recursive: true });
    expect(statSync(`${saved.image}/overlay`).mode & 0o777).toBe(0o700);
    const second = storage();
    const restored = await restore(saved, [`--overlay=${second}`]);
    await countsOn(saved, restored);
    expect(await execInside(restored.id, 'cat /home/kept /home/symlink /etc/passwd')).toBe('kept\nkept\nchanged');
    expect(await execInside(restored.id, 'stat -c "%u:%g %a %h" /home/kept; stat -c %F /home/fifo')).toBe('7:8 4711 2\nfifo');
    expect(await execInside(restored.id, 'ls -A /home/old; ls /etc; tail -n 1 /home/open | wc -l')).toBe('passwd\n1');
    expect(statSync(`${second}/upper/home/sparse`).blocks).toBeLessThan(100);
    expect(existsSync(`${bundle.rootfs}/home/kept`)).toBe(false);
    expect(existsSync(`${bundle.rootfs}/home/old/file`)).toBe(true);
    await execInside(restored.id, 'echo more > /home/more');
    expect(readFileSync(`${second}/upper/home/more`, 'utf8')).toBe('more\n');
  });

  test('with --leave-running has the layer of that moment', async () => {
    const bundle = bundleWith(`echo first > /home/file; ${count}`);
    const container = await running({ bundle, flags: [`--overlay=${storage()}`] });
    await until('it counts', () => container.output() !== '');
    const image = newPath('.image');
    const line = ['checkpoint', '--leave-running', '--image-path', image, container.id];
    expect((await runtime(line, call)).code).toBe(0);
    await execInside(container.id, 'echo second > /home/file');
    const restored = await restore({ bundle, image }, [`--overlay=${storage()}`]);
    expect(await execInside(restored.id, 'cat /home/file')).toBe('first');
    expect(await execInside(container.id, 'cat /home/file')).toBe('second');
  });

  test('keeps the read-only root read-only', async () => {
    const saved = await save({ create: [`--overlay=${storage()}`] });
    const restored = await restore(saved, [`--overlay=${storage()}`]);
    expect(await execInside(restored.id, '(echo x > /made) 2>/dev/null || echo refused')).toBe('refused');
  });

  test('is restored only into an empty directory that is closed to other users, and not without one', async () => {
    const saved = await save({ bundle: bundleWith(count), create: [`--overlay=${storage()}`] });
    const refused = async (...flags: string[]): Promise<string> => {
      const line = ['restore', '--detach', '--image-path', saved.image, '--bundle', saved.bundle.directory, ...flags, newId()];
      return fail(await runtime(line, call));
    };
    const full = storage();
    writeFileSync(`${full}/mine`, '');
    const open = newDirectory();
    chmodSync(open, 0o755);
    expect(await refused()).toContain('the image contains the upper layer of an overlay (hint: pass --overlay or --overlay=DIRECTORY');
    expect(await refused(`--overlay=${full}`)).toContain(`restore overlay in "${full}": it is not empty (ENOTEMPTY)`);
    expect(await refused(`--overlay=${open}`)).toContain(`restore overlay in "${open}": other users may enter it (EACCES)`);
    expect(readdirSync(full)).toEqual(['mine']);
    expect(readdirSync(open)).toEqual([]);
  });

  test('whose holder others may write to is refused, and nothing is left', async () => {
    const saved = await save({ bundle: bundleWith(count), create: [`--overlay=${storage()}`] });
    chmodSync(`${saved.image}/overlay`, 0o777);
    const [directory, id] = [storage(), newId()];
    const line = ['restore', '--detach', '--image-path', saved.image, '--bundle', saved.bundle.directory, `--overlay=${directory}`, id];
    expect(fail(await runtime(line, call))).toMatch(/restore upper layer .*: operation not permitted \(EPERM\)/);
    expect(readdirSync(directory)).toEqual([]);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test('that CRIU cannot restore leaves no layer', async () => {
    const saved = await save({ bundle: bundleWith(count), create: [`--overlay=${storage()}`] });
    rmSync(`${saved.image}/pages-1.img`);
    const directory = storage();
    const line = [
      'restore',
      '--detach',
      '--image-path',
      saved.image,
      '--bundle',
      saved.bundle.directory,
      `--overlay=${directory}`,
      newId(),
    ];
    expect(fail(await runtime(line, call))).toContain('CRIU failed');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('leaves no layer if the pid file cannot be written when the container runs', async () => {
    const saved = await save({ bundle: bundleWith(count), create: [`--overlay=${storage()}`] });
    const [directory, id] = [storage(), newId()];
    const flags = ['--detach', '--image-path', saved.image, '--bundle', saved.bundle.directory, '--pid-file', `${directory}/absent/pid`];
    expect(fail(await runtime(['restore', ...flags, `--overlay=${directory}`, id], call))).toContain('pid file');
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that cannot hold the layer fails, and leaves the container running', async () => {
    const directory = storage();
    const container = await running({ bundle: bundleWith(count), flags: [`--overlay=${directory}`] });
    // Deeper than is copied.
    await execInside(container.id, 'cd /home; i=0; while [ $i -lt 300 ]; do mkdir d && cd d; i=$((i+1)); done');
    const image = newPath('.image');
    const error = fail(await runtime(['checkpoint', '--image-path', image, container.id], call));
    expect(error).toMatch(/save upper layer .*ENAMETOOLONG/);
    expect((await stateOf(container.id)).status).toBe('running');
    expect(existsSync(`${image}/overlay`)).toBe(false);
  });
});

describe.runIf(can.tsrun && hasCriu)('an image of a container with --overlay', () => {
  const script = [
    'echo kept > /home/kept; ln /home/kept /home/link; ln -s /etc/shadow /home/symlink; chown 7:8 /home/kept; chmod 4711 /home/kept',
    'rm /etc/group; rm -r /home/old; mkdir /home/old; mkfifo /home/fifo; chmod 701 /home/same; mkdir -p /new/deep; echo x > /new/deep/file',
    'echo changed > /etc/passwd; dd if=/dev/zero of=/home/sparse bs=1 count=1 seek=1000000 2>/dev/null; exec 5>/home/open; echo ready',
    'i=0; while :; do i=$((i+1)); echo $i; echo $i >&5; sleep 0.05; done',
  ].join('; ');
  const seen = [
    'cat /home/kept /home/link /etc/passwd /new/deep/file; readlink /home/symlink',
    'stat -c "%u:%g %a %h" /home/kept; stat -c "%a %F" /home/fifo /home/same',
    'ls -A /home/old /etc; cat /home/same/file; tail -n 1 /home/open | wc -l',
  ].join('; ');
  const bundleOfMemory = (): Bundle => {
    const bundle = bundleWith(script);
    mkdirSync(`${bundle.rootfs}/home/same`);
    writeFileSync(`${bundle.rootfs}/home/same/file`, 'same\n');
    return bundle;
  };

  test('restores the upper layer in memory, again and again', async () => {
    const bundle = bundleOfMemory();
    let saved = await save({ bundle, create: ['--overlay'], ready: (output) => /\n\d+\n/.test(output), checkpoint: ['--leave-running'] });
    const before = await execInside(saved.id, seen);
    const layer = `${saved.image}/overlay/upper`;
    expect(readdirSync(`${layer}/home/same`), 'only what has changed').toEqual([]);
    expect(existsSync(`${layer}/bin`)).toBe(false);
    expect(statSync(`${layer}/home/sparse`).blocks).toBeLessThan(100);
    for (const round of [1, 2]) {
      const restored = await restore(saved, ['--overlay']);
      await countsOn(saved, restored);
      expect(await execInside(restored.id, seen), `round ${round}`).toBe(before);
      const mounts = await execInside(restored.id, 'cat /proc/mounts; ls -A /');
      expect(mounts).toMatch(/^overlay \/ overlay /m);
      expect(mounts).not.toMatch(/^upper$|^work$|^tsrun /m);
      await execInside(restored.id, 'echo more > /home/more');
      const image = newPath('.image');
      const line = ['checkpoint', '--image-path', image, restored.id];
      expect((await runtime(line, call)).stderr).toBe('');
      expect(readFileSync(`${image}/overlay/upper/home/more`, 'utf8')).toBe('more\n');
      saved = { ...saved, image, written: restored.output() };
    }
    expect(existsSync(`${bundle.rootfs}/home/kept`)).toBe(false);
  });

  test('is restored in a directory, and that of a directory in memory', async () => {
    const saved = await save({ bundle: bundleOfMemory(), create: ['--overlay'], ready: (output) => /\n\d+\n/.test(output) });
    const directory = storage();
    const restored = await restore(saved, [`--overlay=${directory}`]);
    expect(readFileSync(`${directory}/upper/home/kept`, 'utf8')).toBe('kept\n');
    const before = await execInside(restored.id, seen);
    const image = newPath('.image');
    expect((await runtime(['checkpoint', '--image-path', image, restored.id], call)).stderr).toBe('');
    const again = await restore({ bundle: saved.bundle, image }, ['--overlay']);
    expect(await execInside(again.id, seen)).toBe(before);
  });

  test.runIf(existsSync('/dev/fuse'))(
    'is not made while a process has /dev/fuse open, which could let the copy wait for ever; the container keeps running',
    async () => {
      const bundle = bundleWith(
        `exec 3<>/dev/fuse; mkdir /home/m; mount -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none /home/m; umount -l /home/m; ${count}`,
      );
      bundle.config.linux.devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o666 }];
      bundle.config.linux.resources = { devices: [{ allow: true, access: 'rwm' }] };
      for (const set of ['bounding', 'effective', 'permitted'] as const) bundle.config.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
      bundle.save();
      const container = await running({ bundle, flags: ['--overlay'] });
      await until('it counts', () => /^\d+$/m.test(container.output()));
      const image = newPath('.image');
      expect(fail(await runtime(['checkpoint', '--image-path', image, container.id], call))).toContain('CRIU failed: ');
      expect(existsSync(`${image}/overlay`)).toBe(false);
      const before = container.output();
      await until('it counts on', () => container.output() !== before);
    },
  );

  test('whose restore fails leaves nothing', async () => {
    const saved = await save({ bundle: bundleWith(count), create: ['--overlay'] });
    rmSync(`${saved.image}/pages-1.img`);
    const id = newId();
    const line = ['restore', '--detach', '--image-path', saved.image, '--bundle', saved.bundle.directory, '--overlay', id];
    expect(fail(await runtime(line, call))).toContain('CRIU failed');
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });
});
