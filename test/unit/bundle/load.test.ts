import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { loadSpec } from '../../../src/bundle/load.js';
import type { Sys } from '../../../src/sys/contract.js';
import { bindFakeSys, systemError } from '../fake_sys.js';
import { config } from '../spec/fixtures.js';

function failure(load: () => unknown): RuntimeError {
  try {
    load();
  } catch (error) {
    if (error instanceof RuntimeError) return error;
    throw error;
  }
  throw new Error('it was loaded');
}

function failureOf(text: string): RuntimeError {
  bindFakeSys({ files: { '/b/config.json': text } });
  return failure(() => loadSpec({ bundle: '/b' }));
}

function failureWith(code: string): RuntimeError {
  bindFakeSys({
    directories: ['/b'],
    overrides: {
      readText({ path }) {
        throw systemError(code, 'open', path);
      },
    },
  });
  return failure(() => loadSpec({ bundle: '/b' }));
}

describe('loading a bundle', () => {
  it('reads config.json', () => {
    bindFakeSys({ files: { '/b/config.json': config() } });
    expect(loadSpec({ bundle: '/b' }).root?.path).toBe('rootfs');
  });

  it('reads another file if one is named', () => {
    bindFakeSys({ files: { '/elsewhere/other.json': config({ '/hostname': 'other' }) } });
    expect(loadSpec({ bundle: '/b', configFile: '/elsewhere/other.json' }).hostname).toBe('other');
  });

  it('reports that the bundle is missing', () => {
    bindFakeSys();
    const error = failure(() => loadSpec({ bundle: '/b' }));
    expect(error.message).toBe('find bundle "/b": no such file or directory (ENOENT)');
    expect(error).toMatchObject({ code: 'bundle', phase: 'load', path: '/b', errno: 'ENOENT' });
  });

  it('reports that the bundle is not a directory', () => {
    bindFakeSys({ files: { '/b': '' } });
    expect(failure(() => loadSpec({ bundle: '/b' })).message).toBe('find bundle "/b": not a directory (ENOTDIR)');
  });

  it("reports in runc's words that config.json is missing", () => {
    bindFakeSys({ directories: ['/b'] });
    expect(failure(() => loadSpec({ bundle: '/b' })).message).toBe('JSON specification file config.json not found');
  });

  it('reports that config.json is a directory', () => {
    bindFakeSys({ directories: ['/b/config.json'] });
    expect(failure(() => loadSpec({ bundle: '/b' }))).toMatchObject({
      code: 'bundle',
      message: 'read "/b/config.json": is a directory (EISDIR)',
      errno: 'EISDIR',
    });
  });

  it('does not wait for the other end of a FIFO', () => {
    const fifo = {
      kind: 'fifo',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: 0,
      inode: 1,
      device: 1,
      major: 0,
      minor: 0,
      mount: 1,
      mountRoot: false,
    } as const;
    const readText: Sys['readText'] = ({ path, regular = false }) => {
      throw systemError(regular ? 'EINVAL' : 'EINTR', 'read', path);
    };
    bindFakeSys({ overrides: { status: () => fifo, readText } });
    expect(failure(() => loadSpec({ bundle: '/b' })).message).toBe('read "/b/config.json": must be a regular file, found a fifo');
  });

  it.each([
    ['EACCES', 'read "/b/config.json": permission denied (EACCES)'],
    ['EFBIG', 'read "/b/config.json": larger than 10 MiB'],
    ['EILSEQ', 'read "/b/config.json": not UTF-8'],
  ])('reports %s', (errno, message) => {
    expect(failureWith(errno)).toMatchObject({ code: 'bundle', message, errno, path: '/b/config.json' });
  });

  it.each([
    ['', 'line 1, column 1: expected a value, found the end of the file'],
    ['{\n  "a": 1,\n}', 'line 3, column 1: expected a name in double quotes, found "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['{"a": [1 2]}', 'line 1, column 10: expected "," or "]", found "2"'],
    ['{"a": 01}', 'line 1, column 8: expected "," or "}", found "1"'],
    ['{"a": tru}', 'line 1, column 7: expected a value, found "t"'],
    ['{"a": "b\nc"}', 'line 1, column 9: expected the end of the string, found "\\n"'],
    ['{"a": "\\x"}', 'line 1, column 8: expected a valid escape sequence, found "\\\\"'],
    ['{} {}', 'line 1, column 4: expected the end of the file, found "{"'],
    ["{'a': 1}", `line 1, column 2: expected a name in double quotes, found "'"`],
    ['\ufeff{}', 'line 1, column 1: expected a value, found "\ufeff"'],
  ])('shows where %j stops being JSON', (text, place) => {
    const error = failureOf(text);
    expect(error.message).toBe(`parse "/b/config.json": ${place}`);
    expect(error.code).toBe('bundle');
  });

  it('refuses nesting on which a parser could run out of stack', () => {
    expect(failureOf('['.repeat(100_000)).message).toBe('parse "/b/config.json": nested deeper than 512 levels');
    expect(failureOf(`{"a":${'{"a":'.repeat(600)}1${'}'.repeat(601)}`).message).toContain('nested deeper');
  });

  it('accepts many small objects, and brackets in strings', () => {
    const many = Array.from({ length: 2000 }, (_, index) => ({ [`x${index}`]: ['[[[', '{\\"[{'] }));
    bindFakeSys({ files: { '/b/config.json': config({ '/extra': many, '/more': '['.repeat(5000) }) } });
    expect(loadSpec({ bundle: '/b' }).hostname).toBe('tsrun');
  });
});
