import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Runtime, RuntimeError, type Container } from '../../../src/library/index.js';
import {
  afterTest,
  describe,
  expect,
  makeBundle,
  newDirectory,
  newId,
  race,
  stateRoot,
  test,
  until,
  type Config,
} from '../../oci/harness/index.js';
import { failure } from '../harness/failure.js';
import { first, withUserNamespace } from '../harness/user_namespace.js';

const runtime = new Runtime({ root: stateRoot, onWarning: () => undefined });
/** How often a copy meets a process that changes what it is about to use. With a sanitizer each time takes seven times as long. */
const rounds = process.env['LD_PRELOAD'] === undefined ? 150 : 10;

interface Options {
  readonly script?: string;
  readonly user?: boolean;
  readonly change?: (config: Config) => void;
}

async function started({ script = 'sleep 1000', user = false, change = () => undefined }: Options = {}) {
  const bundle = makeBundle({
    script,
    ...(user ? { owner: first } : {}),
    config: (config) => {
      config.root.readonly = false;
      config.process.capabilities = undefined as never;
      if (user) withUserNamespace(config);
      change(config);
    },
  });
  const container = await runtime.create({ id: newId(), bundle: bundle.directory, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return { container, rootfs: bundle.rootfs };
}

const sh = async (container: Container, script: string): Promise<string> => (await container.run(['sh', '-c', script])).stdout;

/** A directory of the host with a file that nobody else may read. */
function host(): { readonly directory: string; readonly unchanged: () => void } {
  const directory = newDirectory();
  writeFileSync(`${directory}/secret`, 'of the host\n', { mode: 0o600 });
  const unchanged = (): void => {
    expect(readdirSync(directory)).toEqual(['secret']);
    expect(readFileSync(`${directory}/secret`, 'utf8')).toBe('of the host\n');
    expect(lstatSync(`${directory}/secret`)).toMatchObject({ uid: 0, gid: 0, mode: 0o100600 });
  };
  return { directory, unchanged };
}

/** An archive with one file at this path. */
function tarOf(path: string): Buffer {
  const directory = newDirectory();
  execFileSync('sh', ['-c', 'mkdir -p "$(dirname "$1")" && echo copied > "$1"', 'sh', `${directory}/${path}`]);
  return execFileSync('tar', ['-c', '--owner=0', '--group=0', '--numeric-owner', '-C', directory, path]);
}

const outcome = async (work: Promise<unknown>): Promise<RuntimeError | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof RuntimeError) return error;
      throw error;
    },
  );

describe('a symbolic link of the container', () => {
  test('to an absolute path, or above the root, leads into the container', async () => {
    const { directory, unchanged } = host();
    const { container, rootfs } = await started();
    await sh(
      container,
      `cd /tmp; ln -s ${directory} absolute; ln -s ../../../../../..${directory} above; ln -s / root; mkdir -p ${directory}`,
    );
    for (const name of ['absolute', 'above']) {
      await container.copyIn(tarOf(`${name}-file`), `/tmp/${name}`);
      expect(existsSync(`${rootfs}${directory}/${name}-file`)).toBe(true);
      expect(await failure(container.copyOut(`/tmp/${name}/secret`))).toMatchObject({ errno: 'ENOENT' });
    }
    await container.copyIn(tarOf('top'), '/tmp/root/../../..');
    expect(existsSync(`${rootfs}/top`)).toBe(true);
    unchanged();
  });

  test('below the path is not followed, even if it stays in the container', async () => {
    const { container } = await started();
    await sh(container, 'mkdir /tmp/real; ln -s real /tmp/link; ln -s /etc/passwd /tmp/file; ln -s /etc/passwd /tmp/hard');
    expect(await failure(container.copyIn(tarOf('link/file'), '/tmp'))).toMatchObject({ errno: 'ENOTDIR', path: 'link/file' });
    await container.copyIn(tarOf('file'), '/tmp');
    expect(await sh(container, 'ls /tmp/real; cat /tmp/file; grep -c copied /etc/passwd')).toBe('copied\n0\n');
  });

  test('that comes and goes in the place of a directory never leads out', async () => {
    const { directory, unchanged } = host();
    const script = `cd /tmp; while :; do mkdir d; mv d e; ln -s ${directory} d; rm d; mv e d; rm -rf d; ln -s ../..${directory} d; rm -f d; done`;
    const { container } = await started({ script });
    const archive = tarOf('d/file');
    const copied = await race(rounds, async () => {
      const error = await outcome(container.copyIn(archive, '/tmp'));
      if (error !== null) expect(['ENOTDIR', 'ENOENT', 'ENOTEMPTY', 'EEXIST']).toContain(error.errno);
      const out = await outcome(
        (async () => {
          const bytes = await buffer(await container.copyOut('/tmp/d/secret'));
          expect(bytes.includes('of the host')).toBe(false);
        })(),
      );
      if (out !== null) expect(out.errno ?? out.code).not.toBe('internal');
      return error === null;
    });
    expect(copied).toBeGreaterThan(0);
    unchanged();
  });

  test.each<readonly [string, (config: Config) => void]>([
    ['a pid namespace of its own', () => undefined],
    ["the host's pid namespace", (config) => (config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid'))],
  ])('through /proc, in a container with %s, leads nowhere', async (_, change) => {
    const { container } = await started({ change });
    await sh(
      container,
      'cd /tmp; ln -s /proc/self/root root; ln -s /proc/1/root one; ln -s /proc/self/fd/3 fd; ln -s /proc/self self; ln -s /proc proc',
    );
    for (const path of ['root/etc/hostname', 'one/etc/hostname', 'fd/x', 'self/environ', 'self/mem', 'proc/1/environ', 'proc/meminfo']) {
      const error = await failure(container.copyOut(`/tmp/${path}`));
      expect([error.code, error.errno ?? '']).not.toContain('internal');
      expect(await failure(container.copyIn(tarOf('file'), `/tmp/${path.replace(/\/[^/]*$/, '')}`))).toBeInstanceOf(RuntimeError);
    }
    for (const name of ['root', 'one', 'fd', 'self', 'proc']) {
      expect(await failure(container.copyIn(tarOf('oom_score_adj'), `/tmp/${name}`))).toBeInstanceOf(RuntimeError);
    }
  });
});

describe('a FIFO of the container', () => {
  test('does not block a copy, neither in the place of a file nor of a directory', async () => {
    const { container } = await started();
    await sh(container, 'mkfifo /tmp/fifo /tmp/d');
    const names = execFileSync('tar', ['-t'], { input: await buffer(await container.copyOut('/tmp')), encoding: 'utf8' });
    expect(names).toBe('tmp/\n');
    expect((await failure(container.copyIn(tarOf('d/file'), '/tmp'))).errno).toBe('ENOTDIR');
    expect((await failure(container.copyOut('/tmp/fifo/x'))).errno).toBe('ENOTDIR');
    await container.copyIn(tarOf('fifo'), '/tmp');
    expect(await sh(container, 'cat /tmp/fifo')).toBe('copied\n');
  });
});

describe('the rights of this program', () => {
  test('do not help a container with a user namespace to what root of the host keeps for itself', async () => {
    const { directory, unchanged } = host();
    chmodSync(directory, 0o755);
    const { container } = await started({
      user: true,
      change: (config) => config.mounts.push({ destination: '/home', type: 'bind', source: directory, options: ['rbind', 'rw'] }),
    });
    await sh(container, 'ln -s /home /tmp/volume');
    const read = async (path: string) => buffer(await container.copyOut(path));
    for (const path of ['/home/secret', '/tmp/volume/secret', '/home/']) {
      expect(await failure(read(path))).toMatchObject({ code: 'permission', errno: 'EACCES' });
    }
    expect(await failure(container.copyIn(tarOf('file'), '/tmp/volume'))).toMatchObject({ code: 'permission', errno: 'EACCES' });
    unchanged();
  });

  test('give a file to the wanted user before somebody else can put another one in its place', async () => {
    // Renames over what is being made, and finds its file again afterwards.
    const watch =
      'cd /tmp/theirs; while :; do for f in .tsrun-*; do [ -f "$f" ] && mv victim "$f"; [ -d "$f" ] && rmdir "$f" && mv private "$f"; done; for f in f* d*; do [ -O "$f" ] || if [ -d "$f" ]; then mv "$f" private; else mv "$f" victim; fi; done; done';
    const { container, rootfs } = await started();
    mkdirSync(`${rootfs}/tmp/theirs/private`, { recursive: true });
    chmodSync(`${rootfs}/tmp/theirs/private`, 0o700);
    writeFileSync(`${rootfs}/tmp/theirs/private/file`, '');
    writeFileSync(`${rootfs}/tmp/theirs/victim`, "root's\n", { mode: 0o600 });
    execFileSync('chown', ['1000:1000', `${rootfs}/tmp/theirs`]);
    // Open, so that they are known even if the enemy has one removed, as the owner of a directory may.
    const kept = ['victim', 'private'].map((name) => openSync(`${rootfs}/tmp/theirs/${name}`, 'r'));
    afterTest(() => kept.forEach((fd) => closeSync(fd)));
    const enemy = await container.exec(['sh', '-c', watch], { user: { uid: 1000, gid: 1000 }, stdio: 'ignore' });
    for (let round = 0; round < rounds; round++) {
      for (const path of [`f${round}`, `d${round}/x`]) {
        await outcome(container.copyIn(tarOf(path), '/tmp/theirs', { user: { uid: 1000, gid: 1000 } }));
      }
    }
    enemy.kill('SIGKILL');
    await enemy.wait();
    const owned = kept.map((fd) => fstatSync(fd)).map(({ uid, mode }) => `${uid}:${(mode & 0o777).toString(8)}`);
    expect(owned).toEqual(['0:600', '0:700']);
  });
});

describe('a container that changes what is copied out of it', () => {
  test('ends the archive with an error, not with wrong bytes', async () => {
    const { container } = await started();
    await sh(container, 'head -c 50000000 /dev/zero > /tmp/file');
    const archive = await container.copyOut('/tmp/file');
    const error = await failure(
      (async () => {
        let size = 0;
        for await (const chunk of archive) {
          if (size === 0) await sh(container, 'head -c 1000 /dev/zero > /tmp/file');
          size += (chunk as Buffer).length;
        }
      })(),
    );
    expect(error.message).toBe('copyOut "file": the file became shorter while it was read');
  });

  test('may append to a file without an end: the archive has the size from the beginning', async () => {
    const { container } = await started({ script: 'while :; do echo more >> /tmp/log; done' });
    await until('a log', async () => (await sh(container, 'cat /tmp/log')).length > 100);
    for (let round = 0; round < 20; round++) {
      execFileSync('tar', ['-t'], { input: await buffer(await container.copyOut('/tmp')) });
    }
  });

  test('has directories that are too deep refused, both ways', async () => {
    const { container } = await started();
    await sh(container, 'cd /tmp; i=0; while [ $i -lt 200 ]; do mkdir d; cd d; i=$((i+1)); done');
    const before = readdirSync('/proc/self/fd').length;
    expect((await failure(buffer(await container.copyOut('/tmp')))).message).toContain('deeper than 128 directories');
    expect((await failure(container.copyIn(tarOf(`${'e/'.repeat(200)}file`), '/tmp'))).message).toContain('deeper than 128 directories');
    await until('closed files', () => readdirSync('/proc/self/fd').length <= before);
  });
});
