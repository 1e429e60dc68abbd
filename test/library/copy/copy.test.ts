import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, readlinkSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Runtime, type Container, type CopyInRequest, type Warning } from '../../../src/library/index.js';
import {
  afterTest,
  describe,
  expect,
  makeBundle,
  newDirectory,
  newId,
  stateRoot,
  test,
  type Bundle,
  type Config,
} from '../../oci/harness/index.js';
import { membersOf } from '../../../src/library/copy/tar/read.js';
import { endOfArchive, headerBlocks } from '../../../src/library/copy/tar/write.js';
import { failure } from '../harness/failure.js';
import { expectNoMoreFiles, openFiles } from '../harness/open_files.js';
import { first, withUserNamespace } from '../harness/user_namespace.js';

const heard: Warning[] = [];
const runtime = new Runtime({ root: stateRoot, onWarning: (warning) => heard.push(warning) });
async function started(options: { readonly user?: boolean; readonly change?: (config: Config) => void; readonly start?: boolean } = {}) {
  const { user = false, change = () => undefined, start = true } = options;
  const bundle: Bundle = makeBundle({
    ...(user ? { owner: first } : {}),
    config: (config) => {
      config.root.readonly = false;
      if (user) withUserNamespace(config);
      change(config);
    },
  });
  const container = await runtime.create({ id: newId(), bundle: bundle.directory, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  if (start) await container.start();
  return { container, rootfs: bundle.rootfs };
}

/** Brings something, and then nothing more. */
async function* silent(): AsyncGenerator<Uint8Array> {
  yield tarOf(tree).subarray(0, 600);
  await new Promise(() => undefined);
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield tarOf(tree).subarray(0, 600);
  await Promise.reject(new Error('broken'));
}

/** An archive by GNU tar. */
function tarOf(make: (directory: string) => void, ...options: readonly string[]): Buffer {
  const directory = newDirectory();
  make(directory);
  return execFileSync('tar', ['-c', '--numeric-owner', ...options, '-C', directory, '.'], { maxBuffer: 1 << 30 });
}

const sh = async (container: Container, script: string): Promise<string> => {
  const capabilities = ['CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_CHOWN'];
  const { code, stdout, stderr } = await container.run(['sh', '-c', script], { capabilities });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
};

const tree = (directory: string): void => {
  mkdirSync(`${directory}/one/two`, { recursive: true, mode: 0o750 });
  writeFileSync(`${directory}/one/file`, 'content\n', { mode: 0o640 });
  writeFileSync(`${directory}/one/${'long'.repeat(60)}`, 'long name');
  execFileSync('ln', [`${directory}/one/file`, `${directory}/one/two/hard`]);
  execFileSync('ln', ['-s', '/etc/passwd', `${directory}/one/absolute`]);
  execFileSync('touch', ['-d', '@1000000000', `${directory}/one/file`]);
  execFileSync('cp', ['/bin/true', `${directory}/one/setuid`]);
  execFileSync('chmod', ['6755', `${directory}/one/setuid`]);
  execFileSync('chown', ['-h', '1000:1001', `${directory}/one/file`, `${directory}/one/absolute`, `${directory}/one/two`]);
};

describe.each([
  ['without', false],
  ['with', true],
])('copies to and from a container %s a user namespace', (_, user) => {
  test('keep content, names, owners, modes, times and links', async () => {
    const { container } = await started({ user });
    const before = await openFiles();
    await container.copyIn(Readable.from([tarOf(tree)]), '/tmp');
    const seen = await sh(
      container,
      "cd /tmp/one; cat file; stat -c '%n %u:%g %a %Y %h' file; stat -c '%u:%g %N' absolute; stat -c '%a %u:%g' two; stat -c %a setuid; cat long*; ls -a . two",
    );
    expect(seen).toContain('content\nfile 1000:1001 640 1000000000 2\n');
    expect(seen).toContain("1000:1001 'absolute' -> '/etc/passwd'\n750 1000:1001\n755\nlong name");
    expect(seen).not.toContain('.tsrun');
    const back = newDirectory();
    execFileSync('tar', ['-x', '--numeric-owner', '-C', back], { input: await buffer(await container.copyOut('/tmp/one')) });
    expect(readFileSync(`${back}/one/file`, 'utf8')).toBe('content\n');
    expect(lstatSync(`${back}/one/file`)).toMatchObject({ uid: 1000, gid: 1001, mode: 0o100640, mtimeMs: 1e12, nlink: 2 });
    expect(readlinkSync(`${back}/one/absolute`)).toBe('/etc/passwd');
    expect(lstatSync(`${back}/one/two`)).toMatchObject({ uid: 1000, gid: 1001, mode: 0o40750 });
    expect(readFileSync(`${back}/one/${'long'.repeat(60)}`, 'utf8')).toBe('long name');
    await expectNoMoreFiles(before);
  });

  test('keep attributes of the namespace user, and holes', async () => {
    const { container } = await started({
      user,
      change: (config) => config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs' }),
    });
    const header = { type: 'file', linkPath: '', mode: 0o600, uid: 0, gid: 0, size: 0, mtime: 0 } as const;
    const attributes = new Map([['user.mine', Buffer.from([1, 10, 0])]]);
    const marked = Buffer.concat([
      headerBlocks({ ...header, path: 'd', type: 'directory', mode: 0o700 }, attributes),
      headerBlocks({ ...header, path: 'd/file' }, attributes),
      endOfArchive,
    ]);
    const before = heard.length;
    await container.copyIn(marked, '/tmp');
    const found = [];
    for await (const { path, attributes } of membersOf(await container.copyOut('/tmp/d'))) found.push([path, new Map(attributes)] as const);
    // Linux before 6.6 has none on a tmpfs.
    if (heard.length > before) expect(heard.at(-1)?.message).toContain('the file system has no extended attributes for files such as "d"');
    else
      expect(found).toEqual([
        ['d/', attributes],
        ['d/file', attributes],
      ]);
    const sparse = (directory: string): void => {
      writeFileSync(`${directory}/holes`, 'begin');
      truncateSync(`${directory}/holes`, 1 << 30);
    };
    await container.copyIn(tarOf(sparse, '--sparse'), '/tmp');
    expect(await sh(container, 'stat -c "%s %b" /tmp/holes; head -c 5 /tmp/holes')).toBe('1073741824 8\nbegin');
  });

  test('into it end when the signal aborts, also if the source brings nothing', async () => {
    const { container } = await started({ user });
    const before = await openFiles();
    const signal = AbortSignal.timeout(50);
    expect(await failure(container.copyIn(silent(), '/tmp', { signal }))).toMatchObject({ code: 'aborted' });
    const stream = Readable.from(silent());
    expect(await failure(container.copyIn(stream, '/tmp', { signal: AbortSignal.timeout(50) }))).toMatchObject({ code: 'aborted' });
    expect(stream.destroyed).toBe(true);
    expect(await failure(container.copyIn(stream, '/tmp', { signal }))).toMatchObject({ code: 'aborted' });
    expect(await failure(container.copyIn(stream, '/tmp', { signal: {} as AbortSignal }))).toMatchObject({ code: 'usage' });
    await container.copyIn(tarOf(tree), '/tmp', { signal: new AbortController().signal });
    expect(await sh(container, 'cat /tmp/one/file; ls -A /tmp')).toBe('content\none\n');
    await expectNoMoreFiles(before);
  });

  test('can give everything to one user, and keep special bits', async () => {
    const { container } = await started({ user });
    await container.copyIn(tarOf(tree), '/home', { user: { uid: 7, gid: 8 }, specialBits: true });
    expect(await sh(container, "cd /home/one; stat -c '%u:%g %a' . file absolute setuid")).toBe('7:8 750\n7:8 640\n7:8 777\n7:8 6755\n');
  });

  test('reach mounts of the container, also before it starts and while it is paused', async () => {
    const { container } = await started({
      user,
      start: false,
      change: (config) => config.mounts.push({ destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['mode=1777'] }),
    });
    const file = tarOf((directory) => writeFileSync(`${directory}/file`, 'early'));
    await container.copyIn(file, '/tmp');
    await container.start();
    expect(await sh(container, 'cat /tmp/file')).toBe('early');
    await container.pause();
    await container.copyIn(
      tarOf((directory) => writeFileSync(`${directory}/file`, 'paused')),
      '/tmp',
    );
    expect((await buffer(await container.copyOut('/tmp/file'))).toString()).toContain('paused');
    await container.resume();
    expect(await sh(container, 'cat /tmp/file; ls -a /tmp | wc -l')).toBe('paused3\n');
  });
});

describe('copyIn', () => {
  test('replaces files, keeps directories, and makes what is missing above', async () => {
    const { container } = await started();
    await sh(container, 'mkdir -m 700 /tmp/one; ln -s /etc/passwd /tmp/one/file; echo before > /tmp/one/kept');
    const archive = execFileSync('tar', ['-c', '--transform', 's,^,one/,', '-C', '/etc', 'hostname']);
    await container.copyIn(archive, '/tmp/');
    await container.copyIn(
      tarOf((directory) => (mkdirSync(`${directory}/one`), writeFileSync(`${directory}/one/file`, 'new'))),
      '/tmp',
    );
    const deep = execFileSync('tar', ['-c', '--transform', 's,^,a/b/c/,', '-C', '/etc', 'hostname']);
    await container.copyIn(deep, '/tmp');
    expect(await sh(container, 'cd /tmp/one; cat kept file; stat -c %a .; ls; head -1 /etc/passwd; stat -c %a:%u /tmp/a/b')).toBe(
      'before\nnew700\nfile\nhostname\nkept\nroot:x:0:0:root:/root:/bin/sh\n755:0\n',
    );
  });

  test('reads a large archive as fast as it is written, in bounded memory', async () => {
    const { container, rootfs } = await started();
    const pieces = (async function* () {
      const header = tarOf((directory) => execFileSync('truncate', ['-s', '300M', `${directory}/large`]));
      for (let at = 0; at < header.length; at += 65_536) yield await Promise.resolve(header.subarray(at, at + 65_536));
    })();
    await container.copyIn(pieces, '/tmp');
    expect(lstatSync(`${rootfs}/tmp/large`).size).toBe(300 << 20);
    const before = process.memoryUsage.rss();
    let size = 0;
    for await (const chunk of await container.copyOut('/tmp/large')) size += (chunk as Buffer).length;
    expect(size).toBe((300 << 20) + 512 + 1024);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 << 20);
  });

  test.each<readonly [string, () => AsyncIterable<Uint8Array> | Uint8Array, string]>([
    ['no archive', () => Buffer.alloc(2048, 'x'), 'usage'],
    ['half of one', () => tarOf(tree).subarray(0, 700), 'usage'],
    ['a stream that fails', () => Readable.from(failing()), 'usage'],
    ['a text', () => 'text' as unknown as Uint8Array, 'usage'],
    ['a device', () => tarOf((directory) => void execFileSync('mknod', [`${directory}/null`, 'c', '1', '3'])), 'unsupported'],
    ['a FIFO', () => tarOf((directory) => void execFileSync('mkfifo', [`${directory}/fifo`])), 'unsupported'],
    ['a path out of it', () => execFileSync('tar', ['-cP', '--transform', 's,^,../,', '-C', '/etc', 'hostname']), 'unsupported'],
  ])('refuses %s, and closes what it has opened', async (_, source, code) => {
    const { container } = await started();
    const before = await openFiles();
    expect((await failure(container.copyIn(source(), '/tmp'))).code).toBe(code);
    expect(await sh(container, 'ls -a /tmp /etc')).not.toMatch(/tsrun|hostname/);
    await expectNoMoreFiles(before);
  });

  test('fails in words', async () => {
    const { container } = await started({ user: true });
    const archive = tarOf((directory) => {
      writeFileSync(`${directory}/file`, '');
      execFileSync('chown', ['70000:0', `${directory}/file`]);
    });
    const messageOf = async (path: string, request?: CopyInRequest) => (await failure(container.copyIn(archive, path, request))).message;
    expect(await messageOf('/absent')).toBe('copyIn "/absent": no such file or directory (ENOENT)');
    expect(await messageOf('/etc/passwd')).toBe('copyIn "/etc/passwd": not a directory (ENOTDIR)');
    expect(await messageOf('/tmp')).toBe(`copyIn "./file": the container's user namespace does not have the user 70000`);
    expect(await messageOf('/tmp', { user: { uid: -1, gid: 0 } })).toContain('copyIn: "user.uid" must be');
    expect(await messageOf('/proc/sys')).toBe('copyIn "/proc/sys": it is on a file system of the kernel, such as /proc');
    await container.kill('SIGKILL');
    await container.wait();
    expect(await failure(container.copyIn(archive, '/tmp'))).toMatchObject({
      code: 'not-running',
      message: 'copyIn: the container has stopped',
    });
    await container.delete();
    expect((await failure(container.copyOut('/tmp'))).code).toBe('not-found');
  });
});

describe('copyOut', () => {
  test('names members after the last name, and copies a link there as a link', async () => {
    const { container } = await started();
    await sh(container, 'mkdir /tmp/d; echo x > /tmp/d/f; ln -s d /tmp/l');
    const names = async (path: string): Promise<string> => {
      return execFileSync('tar', ['-t'], { input: await buffer(await container.copyOut(path)), encoding: 'utf8' });
    };
    expect(await names('/tmp/d')).toBe('d/\nd/f\n');
    expect(await names('tmp/l/f')).toBe('f\n');
    expect(await names('/tmp/l')).toBe('l\n');
    expect(await names('/tmp/l/')).toBe('f\n');
    expect(await names('/tmp/d/.')).toBe('f\n');
    expect((await failure(container.copyOut('/tmp/absent'))).message).toBe('copyOut "/tmp/absent": no such file or directory (ENOENT)');
  });

  test('of the whole root leaves out devices and file systems of the kernel, with one warning', async () => {
    const { container } = await started();
    await sh(container, 'mkfifo /tmp/fifo');
    heard.length = 0;
    const names = execFileSync('tar', ['-t'], { input: await buffer(await container.copyOut('/')), encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining(['etc/passwd', 'bin/sh', 'proc/', 'sys/', 'dev/']));
    expect(names.filter((name) => /^(proc|sys)\/./.test(name) || name === 'dev/null' || name === 'tmp/fifo')).toEqual([]);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.message).toMatch(
      /^copyOut "\/": \d+ devices, FIFOs, sockets and directories of the kernel are left out, such as ".*"$/,
    );
  });

  test('that nobody reads to its end closes everything', async () => {
    const { container } = await started();
    await sh(container, 'true');
    const before = await openFiles();
    const unread = await container.copyOut('/bin');
    unread.destroy();
    const half = await container.copyOut('/bin');
    for await (const chunk of half) {
      expect(chunk).toBeDefined();
      break;
    }
    await expectNoMoreFiles(before);
  });
});
