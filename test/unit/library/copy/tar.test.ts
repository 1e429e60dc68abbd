import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { padding, type MemberHeader } from '../../../../src/library/copy/tar/member.js';
import { attributesOf, formatPax, parsePax } from '../../../../src/library/copy/tar/pax.js';
import { membersOf, type Member } from '../../../../src/library/copy/tar/read.js';
import { endOfArchive, headerBlocks } from '../../../../src/library/copy/tar/write.js';
import type { WritableType } from '../../../../src/library/copy/tar/header.js';

type Written = MemberHeader & { readonly type: WritableType };
const plain: Written = { path: 'a', type: 'file', linkPath: '', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 };

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/tsrun-tar-`);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(
  bytes: Uint8Array,
  size = 1000,
): Promise<readonly (Omit<Member, 'content' | 'extents' | 'attributes'> & { readonly text: string })[]> {
  const members = [];
  for await (const { content, ...header } of membersOf(inPieces(bytes, size))) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    const { extents, attributes: _, ...known } = header;
    const stored = Buffer.concat(parts);
    const whole = extents === null ? stored : Buffer.alloc(Math.min(header.size, 64 << 20));
    let taken = 0;
    for (const { offset, size } of extents ?? []) taken += stored.copy(whole, offset, taken, taken + size);
    members.push({ ...known, text: whole.toString('latin1') });
  }
  return members;
}

const archive = (...members: readonly (Written & { readonly text?: string })[]): Buffer =>
  Buffer.concat([
    ...members.flatMap(({ text = '', ...header }) => [
      headerBlocks({ ...header, size: text.length }),
      Buffer.from(text, 'latin1'),
      Buffer.alloc(padding(text.length)),
    ]),
    endOfArchive,
  ]);

describe('an archive', () => {
  test('that is written is read back, whatever its names, sizes and numbers', async () => {
    const name = fc
      .oneof(
        fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }),
        fc.constantFrom('x'.repeat(100), `${'d/'.repeat(60)}x`, 'ä'.repeat(60), 'a\n30 path=b\n'),
      )
      .filter((text) => !text.includes('\0') && !text.endsWith('/') && Buffer.from(text).toString() === text);
    const number = fc.oneof(fc.nat(), fc.constantFrom(0o7777777, 0o10000000, 2 ** 32, 8 ** 11, Number.MAX_SAFE_INTEGER));
    const member = fc.record({
      path: name,
      mode: fc.nat(0o7777),
      uid: number,
      gid: number,
      mtime: number,
      text: fc.string({ maxLength: 1500 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(member, { maxLength: 4 }), fc.integer({ min: 1, max: 2000 }), async (members, size) => {
        const files = members.map((one) => ({ ...plain, ...one, text: Buffer.from(one.text).toString('latin1') }));
        expect(await read(archive(...files), size)).toEqual(files.map((file) => ({ ...file, size: file.text.length })));
      }),
    );
  });

  test.each(['tar', 'busybox'])('that is written is unpacked by %s', async (program) => {
    if (!existsSync(`/bin/${program}`) && !existsSync(`/usr/bin/${program}`)) return console.warn(`skipped: no ${program}`);
    const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(120)}`;
    const bytes = archive(
      { ...plain, path: 'dir', type: 'directory', mode: 0o755 },
      { ...plain, path: 'dir/file', text: 'content', mode: 0o640, mtime: 1e9 },
      { ...plain, path: 'dir/hard', type: 'link', linkPath: 'dir/file' },
      { ...plain, path: 'dir/soft', type: 'symlink', linkPath: 'file' },
      { ...plain, path: long, text: 'long' },
    );
    mkdirSync(`${directory}/out`);
    const command = program === 'tar' ? ['tar'] : ['busybox', 'tar'];
    execFileSync(command[0] ?? '', [...command.slice(1), '-xf', '-', '-C', `${directory}/out`], { input: bytes });
    const out = (path: string): string => `${directory}/out/${path}`;
    expect(readFileSync(out('dir/file'), 'utf8')).toBe('content');
    expect(statSync(out('dir/file'))).toMatchObject({ mode: 0o100640, mtimeMs: 1e12, nlink: 2 });
    expect(readlinkSync(out('dir/soft'))).toBe('file');
    expect(readFileSync(out(long), 'utf8')).toBe('long');
    await Promise.resolve();
  });

  test.each(['ustar', 'pax', 'gnu', 'v7', 'oldgnu'])('of GNU tar in the format %s is read', async (format) => {
    const long = `${'d'.repeat(60)}/${'f'.repeat(30)}`;
    mkdirSync(`${directory}/${'d'.repeat(60)}`);
    writeFileSync(`${directory}/${long}`, 'x'.repeat(3000));
    linkSync(`${directory}/${long}`, `${directory}/hard`);
    symlinkSync('t'.repeat(90), `${directory}/soft`);
    const bytes = execFileSync('tar', ['-c', `--format=${format}`, '--numeric-owner', '-C', directory, 'hard', 'soft', long], {
      stdio: 'pipe',
    });
    const members = await read(bytes);
    expect(members).toMatchObject([
      { path: 'hard', type: 'file', text: 'x'.repeat(3000), mode: statSync(`${directory}/hard`).mode & 0o7777 },
      { path: 'soft', type: 'symlink', linkPath: 't'.repeat(90) },
      { path: long, type: 'link', linkPath: 'hard', text: '' },
    ]);
  });

  test.each(['pax', 'gnu'])('of GNU tar has long names in the format %s', async (format) => {
    const long = 'ü'.repeat(120);
    symlinkSync('t'.repeat(300), `${directory}/${long}`);
    const bytes = execFileSync('tar', ['-c', `--format=${format}`, '-C', directory, long]);
    expect(await read(bytes)).toMatchObject([{ path: long, type: 'symlink', linkPath: 't'.repeat(300) }]);
  });

  const sparse = (): string => {
    // More parts than a header has, and than its first extension.
    const text = Array.from({ length: 40 }, (_, index) => `part ${index}`);
    const path = `${directory}/holes`;
    const fd = openSync(path, 'w');
    for (const [index, part] of text.entries()) writeSync(fd, part, (index + 1) * 100_000);
    closeSync(fd);
    truncateSync(path, 5_000_000);
    return path;
  };

  test.each([
    ['gnu', []],
    ['pax', ['--sparse-version=1.0']],
    ['pax', ['--sparse-version=0.1']],
  ])('of GNU tar with holes is read in the format %s %j, whatever its pieces', async (format, version) => {
    const whole = readFileSync(sparse(), 'latin1');
    writeFileSync(`${directory}/next`, 'next');
    const bytes = execFileSync('tar', ['-c', `--format=${format}`, ...version, '--sparse', '-C', directory, 'holes', 'next']);
    expect(bytes.length).toBeLessThan(1_000_000);
    for (const size of [100, 512, 100_000]) {
      expect(await read(bytes, size)).toMatchObject([
        { path: 'holes', type: 'file', size: 5_000_000, text: whole },
        { path: 'next', text: 'next' },
      ]);
    }
  });

  test('in the oldest format for holes is refused', async () => {
    sparse();
    const bytes = execFileSync('tar', ['-c', '--format=pax', '--sparse-version=0.0', '--sparse', '-C', directory, 'holes']);
    await expect(read(bytes)).rejects.toThrow('sparse files that is not supported');
  });

  test.each([
    ['extents that overlap', '0,5,4,1', '100', 6],
    ['extents out of order', '9,1,0,1', '100', 2],
    ['more than the file', '0,5', '4', 5],
    ['other content than it has', '0,5', '100', 6],
    ['half an extent', '0,5,9', '100', 5],
    ['no number', '0,x', '100', 0],
    ['a negative number', '-1,5', '100', 5],
    ['a size beyond what is exact', '0,5', '9007199254740993', 5],
    ['too many extents', Array.from({ length: 100_001 }, (_, index) => `${index},0`).join(','), '1000000', 0],
  ])('whose map of holes has %s is refused', async (_, map, size, stored) => {
    const body = formatPax({ 'GNU.sparse.map': map, 'GNU.sparse.size': size });
    await expect(read(paxOf(body, { ...plain, text: 'x'.repeat(stored) }))).rejects.toThrow(/sparse member (is damaged|has more than)/);
  });

  test.each([
    ['a number without an end', '1'.repeat(600)],
    ['a map that goes on', `${99_999}\n${'1\n'.repeat(50)}`],
    ['too many extents', '100001\n'],
    ['no count', 'x\n'],
  ])('whose map of holes before the content has %s is refused', async (_, text) => {
    const body = formatPax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '10' });
    await expect(read(paxOf(body, { ...plain, text }))).rejects.toThrow(/sparse member (is damaged|has more than)/);
  });
});

describe('extended attributes', () => {
  test('of the namespace user are read back as they were written', async () => {
    const attributes = new Map([
      ['user.plain', Buffer.from('value')],
      ['user.a=b%3D', Buffer.from([0, 1, 10, 61, 255])],
      ['user.empty', Buffer.alloc(0)],
      ['user.ä', Buffer.from('x'.repeat(60_000))],
    ]);
    const bytes = Buffer.concat([headerBlocks({ ...plain, path: 'one' }, attributes), archive({ ...plain, path: 'two' })]);
    const found = [];
    for await (const { path, attributes } of membersOf(inPieces(bytes, 700))) found.push([path, new Map(attributes)] as const);
    expect(found).toEqual([
      ['one', attributes],
      ['two', new Map()],
    ]);
    mkdirSync(`${directory}/out`);
    execFileSync('tar', ['-xf', '-', '-C', `${directory}/out`], { input: bytes });
    expect(existsSync(`${directory}/out/one`)).toBe(true);
  });

  test('of other namespaces are left out', () => {
    const body = formatPax({
      'SCHILY.xattr.security.capability': 'x',
      'SCHILY.xattr.trusted.overlay.opaque': 'y',
      'SCHILY.xattr.user.a': 'z',
    } as object);
    expect([...attributesOf(body).keys()]).toEqual(['user.a']);
  });

  test.each([
    ['a name with NUL', 'user.a\0b', 'x', 'damaged'],
    ['a value that no file has', 'user.a', 'x'.repeat(65_537), 'damaged'],
    ['a name that is not UTF-8', 'user.\xff', 'x', 'UTF-8'],
  ])('with %s are refused', async (_, name, value, message) => {
    const rest = Buffer.from(` SCHILY.xattr.${name}=${value}\n`, 'latin1');
    const length = [4, 5].map((digits) => rest.length + digits).find((sum) => String(sum).length + rest.length === sum) ?? rest.length + 2;
    await expect(read(paxOf(Buffer.concat([Buffer.from(String(length)), rest])))).rejects.toThrow(message);
  });
});

describe('a damaged archive is refused', () => {
  const whole = archive({ ...plain, text: 'content' }, { ...plain, path: 'x'.repeat(300), text: 'more' });

  test('wherever it ends', async () => {
    for (let end = 0; end < whole.length - 512; end += 37)
      await expect(read(whole.subarray(0, end))).rejects.toThrow('the archive ends in the middle');
    expect(await read(whole)).toHaveLength(2);
  });

  test.each<readonly [string, Uint8Array, string]>([
    ['no archive', Buffer.alloc(1024, 'x'), 'not octal'],
    ['digits', Buffer.alloc(1024, '1'), 'checksum'],
    ['a changed byte', Buffer.from(whole.map((byte, index) => (index === 3 ? 7 : byte))), 'checksum'],
    ['a record that is too short', paxOf(Buffer.from('3 path=x\n')), 'damaged'],
    ['a record without a length', paxOf(Buffer.from('path=x\n')), 'damaged'],
    ['a record that is too long', paxOf(Buffer.from('99 path=x\n')), 'damaged'],
    ['a negative size', paxOf(formatPax({ size: '-1' })), 'size'],
    ['a size of no number', paxOf(formatPax({ size: 'x' })), 'none'],
    ['half an id', paxOf(formatPax({ uid: '0.5' })), 'uid'],
    ['a name that is not UTF-8', paxOf(Buffer.from('9 path=\xff\n', 'latin1')), 'UTF-8'],
  ])('for %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  test('for text in place of bytes', async () => {
    const source = (async function* () {
      yield await Promise.resolve('text' as unknown as Uint8Array);
    })();
    await expect(membersOf(source).next()).rejects.toThrow('must bring bytes');
  });
});

/** A member with this pax header. */
function paxOf(body: Buffer, member: Written & { readonly text?: string } = plain): Buffer {
  const header = headerBlocks({ ...plain, size: body.length });
  header[156] = 'x'.charCodeAt(0);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, body, Buffer.alloc(padding(body.length)), archive(member)]);
}

test('records are read by their lengths, not by their lines', () => {
  const records = { path: 'a\n21 linkpath=/etc/xx\n', mtime: '1.5' };
  expect(parsePax(formatPax(records))).toEqual(records);
  for (const length of [1, 88, 89, 90, 91, 92, 987, 988, 989, 990, 991]) {
    const path = 'x'.repeat(length);
    expect(parsePax(formatPax({ path }))).toEqual({ path });
  }
});
