/** copyIn and copyOut, with a directory of the host in place of a container's root. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as rootOf from '../../../../src/container/root_of.js';
import { copyIn } from '../../../../src/library/copy/copy_in.js';
import { copyOut } from '../../../../src/library/copy/copy_out.js';
import type { CopyInRequest } from '../../../../src/library/copy/request.js';
import { bindSys } from '../../../../src/sys/call.js';
import type { Sys } from '../../../../src/sys/contract.js';
import { fakeSys } from '../../fake_sys.js';

const opened = vi.hoisted(() => ({ directory: '', map: '' }));
vi.mock('../../../../src/container/root_of.js', async (original) => {
  const real = await original<typeof rootOf>();
  const openRootOf = (): rootOf.ContainerRoot => {
    const ids = real.parseIdMap(opened.map);
    return { uids: ids, gids: ids, open: (path) => openSync(`${opened.directory}/${path}`, 'r'), close: () => undefined };
  };
  return { ...real, openRootOf };
});
// There is no container that could be lost.
vi.mock('../../../../src/container/lost.js', () => ({ unlessLost: (_: unknown, work: () => unknown) => work() }));

const all = '0 0 4294967295\n';
const reference = { root: '/run/tsrun', id: 'web' };
let warnings: string[] = [];

/** The calls that Node.js has not, as this user. */
const makeAs: Sys['makeAs'] = ({ directory, name, kind, target = '', from = -1, mode = 0o600 }) => {
  const path = `/proc/self/fd/${directory}/${name}`;
  if (kind === 'file') return openSync(path, 'wx', mode);
  if (kind === 'directory') mkdirSync(path, mode);
  else if (kind === 'symlink') symlinkSync(target, path);
  else if (kind === 'link') linkSync(`/proc/self/fd/${from}/${target}`, path);
  else renameSync(`/proc/self/fd/${from}/${target}`, path);
  return -1;
};

beforeEach(() => {
  opened.directory = mkdtempSync(`${tmpdir()}/tsrun-copy-`);
  opened.map = all;
  warnings = [];
  bindSys(fakeSys({ overrides: { makeAs, userAttributeNames: () => [], close: ({ fd }: { fd: number }) => closeSync(fd) } }).sys);
});
afterEach(() => rmSync(opened.directory, { recursive: true, force: true }));

const inside = (path: string): string => `${opened.directory}/${path}`;
const out = async (path: string): Promise<Buffer> =>
  buffer(await copyOut({ reference, path, warn: ({ message }) => void warnings.push(message) }));
const put = (source: AsyncIterable<Uint8Array> | Uint8Array, path = '/', request: CopyInRequest = {}): Promise<void> =>
  copyIn({ reference, source, path, request, warn: ({ message }) => void warnings.push(message) });

/** An archive of what a shell makes, by GNU tar. */
function archive(script: string, ...words: readonly string[]): Buffer {
  const directory = mkdtempSync(`${tmpdir()}/tsrun-copy-from-`);
  try {
    execFileSync('sh', ['-ec', script], { cwd: directory });
    return execFileSync('tar', ['--create', '--numeric-owner', ...words, '.'], { cwd: directory });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('copyOut', () => {
  test('has files, directories, symbolic and hard links, with modes and times', async () => {
    mkdirSync(inside('a/b'), { recursive: true });
    writeFileSync(inside('a/one'), 'x'.repeat(200_000), { mode: 0o640 });
    utimesSync(inside('a/one'), 7, 7);
    linkSync(inside('a/one'), inside('a/two'));
    symlinkSync('/etc/passwd', inside('a/b/link'));
    const listed = execFileSync('tar', ['--list'], { input: await out('/a') })
      .toString()
      .split('\n')
      .sort();
    expect(listed).toEqual(['', 'a/', 'a/b/', 'a/b/link', 'a/one', 'a/two']);
    const target = inside('out');
    mkdirSync(target);
    execFileSync('tar', ['--extract', '--directory', target], { input: await out('/a/') });
    expect(readFileSync(`${target}/two`, 'utf8')).toBe('x'.repeat(200_000));
    expect(statSync(`${target}/one`)).toMatchObject({ nlink: 2, mtimeMs: 7000, mode: 0o100640 });
    expect(readlinkSync(`${target}/b/link`)).toBe('/etc/passwd');
    expect(warnings).toEqual([]);
  });

  test('leaves FIFOs out, with a warning', async () => {
    execFileSync('mkfifo', [inside('pipe')]);
    writeFileSync(inside('file'), '');
    expect(execFileSync('tar', ['--list'], { input: await out('/') }).toString()).toBe('file\n');
    expect(warnings).toEqual(['copyOut "/": 1 devices, FIFOs, sockets and directories of the kernel are left out, such as "pipe"']);
  });

  test('has the ids of the container, and refuses what only others may read', async () => {
    const { uid } = statSync(opened.directory);
    opened.map = `5 ${uid} 1\n`;
    writeFileSync(inside('file'), 'x', { mode: 0o600 });
    expect((await out('/file')).toString('latin1', 108, 115)).toBe('0000005');
    opened.map = `0 ${uid + 1} 1\n`;
    await expect(out('/file')).rejects.toMatchObject({ code: 'permission', errno: 'EACCES' });
  });

  test('names what is missing, has no text for a name, or is too deep', async () => {
    await expect(out('/none')).rejects.toMatchObject({ code: 'setup', errno: 'ENOENT', path: '/none' });
    writeFileSync(Buffer.concat([Buffer.from(inside('')), Buffer.from([0xff])]), '');
    await expect(out('/')).rejects.toThrow('a name is not UTF-8');
    rmSync(opened.directory, { recursive: true });
    mkdirSync(inside('d/'.repeat(130)), { recursive: true });
    await expect(out('/')).rejects.toThrow('deeper than 128 directories');
  });

  test('closes what it has opened if nobody reads it', async () => {
    const before = openSync('/dev/null', 'r');
    closeSync(before);
    mkdirSync(inside('a'));
    const stream = await copyOut({ reference, path: '/a', warn: () => undefined });
    stream.destroy();
    await vi.waitFor(() => {
      const next = openSync('/dev/null', 'r');
      closeSync(next);
      expect(next).toBe(before);
    }, 20_000);
  });
});

describe('copyIn', () => {
  test('makes files, directories, symbolic and hard links', async () => {
    const bytes = archive('mkdir -p a/b; echo hello > a/b/file; chmod 640 a/b/file; ln a/b/file a/hard; ln -s /etc/passwd a/link');
    mkdirSync(inside('to'));
    await put(bytes, '/to');
    expect(readFileSync(inside('to/a/hard'), 'utf8')).toBe('hello\n');
    expect(statSync(inside('to/a/b/file'))).toMatchObject({ nlink: 2, mode: 0o100640 });
    expect(readlinkSync(inside('to/a/link'))).toBe('/etc/passwd');
    expect(execFileSync('find', [opened.directory, '-name', '.tsrun-*']).toString()).toBe('');
  });

  test('replaces what has the name, a symbolic link too, and leaves directories as they are', async () => {
    writeFileSync(inside('secret'), 'kept');
    symlinkSync('secret', inside('file'));
    mkdirSync(inside('a'), { mode: 0o700 });
    await put(archive('echo new > file; mkdir -m 755 a; echo x > a/x'));
    expect(readFileSync(inside('secret'), 'utf8')).toBe('kept');
    expect(lstatSync(inside('file')).isFile()).toBe(true);
    expect(statSync(inside('a')).mode & 0o777).toBe(0o700);
  });

  test('keeps special bits only if that is asked for', async () => {
    const bytes = archive('echo x > file; chmod 4755 file');
    await put(bytes);
    expect(statSync(inside('file')).mode & 0o7777).toBe(0o755);
    await put(bytes, '/', { specialBits: true });
    expect(statSync(inside('file')).mode & 0o7777).toBe(0o4755);
  });

  test('follows no symbolic link below the target', async () => {
    mkdirSync(inside('to'));
    mkdirSync(inside('other'));
    symlinkSync('../other', inside('to/a'));
    await expect(put(archive('mkdir a; echo x > a/x'), '/to')).rejects.toMatchObject({ errno: 'ENOTDIR' });
    expect(existsSync(inside('other/x'))).toBe(false);
  });

  test.each([
    ['a FIFO', archive('mkfifo pipe'), 'it is a FIFO'],
    ['a path with ..', archive('echo x > file', '--transform', 's,file,../file,', '--absolute-names'), 'must not have ".."'],
    ['a file without a name', archive('echo x > file', '--transform', 's,./file,.,'), 'a file has no name'],
    ['a hard link that leads out', archive('echo x > b; ln b a', '--transform', 's,./b,../../b,h', '--absolute-names'), '".."'],
  ])('refuses %s', async (_name, bytes, message) => {
    await expect(put(bytes)).rejects.toThrow(message);
    expect(execFileSync('find', [opened.directory, '-type', 'f']).toString()).toBe('');
  });

  test('refuses a user that the container does not have, and a directory that is not its own', async () => {
    const { uid } = statSync(opened.directory);
    const bytes = archive('echo x > file', '--owner', '7', '--group', '7');
    opened.map = `0 ${uid} 1\n`;
    await expect(put(bytes)).rejects.toThrow("the container's user namespace does not have the user 7");
    await put(bytes, '/', { user: { uid: 0, gid: 0 } });
    opened.map = `0 ${uid + 1} 1\n`;
    await expect(put(bytes, '/', { user: { uid: 0, gid: 0 } })).rejects.toMatchObject({ code: 'permission', errno: 'EACCES' });
  });

  test('fails with a source that fails, ends too early, or is none', async () => {
    const bytes = archive('echo x > file');
    const failing = Readable.from(
      (function* () {
        yield bytes.subarray(0, 512);
        throw new Error('broken');
      })(),
    );
    await expect(put(failing)).rejects.toThrow('the archive cannot be read: broken');
    expect(failing.destroyed).toBe(true);
    await expect(put(bytes.subarray(0, 1025))).rejects.toMatchObject({ code: 'usage' });
    await expect(put('text' as unknown as Uint8Array)).rejects.toThrow('the source must be bytes');
    await expect(put(bytes, '/none')).rejects.toMatchObject({ code: 'setup', errno: 'ENOENT' });
    expect(execFileSync('find', [opened.directory, '-type', 'f']).toString()).toBe('');
  });

  test('refuses more than 128 directories', async () => {
    const bytes = archive(`mkdir -p ${'d/'.repeat(130)}; echo x > ${'d/'.repeat(130)}x`);
    await expect(put(bytes)).rejects.toThrow('deeper than 128 directories');
  });
});
