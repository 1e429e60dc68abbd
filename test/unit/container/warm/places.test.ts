import { describe, expect, test } from 'vitest';
import { Places } from '../../../../src/container/warm/places.js';
import type { Fd, Sys } from '../../../../src/sys/contract.js';
import { bindFakeSys, fakeSys, systemError } from '../../fake_sys.js';

const root = 50;
const places = [
  { path: '/proc', symlinks: false },
  { path: '/data', symlinks: true },
];

const mountsAt = (mounts: Readonly<Record<string, number>>): Map<string, number> => new Map(Object.entries(mounts));

/** A root with mounts, by path, which tests move about; `opened` has what is open. */
function bindRoot(mounts: Map<string, number>, overrides: Partial<Sys> = {}): ReadonlyMap<Fd, string> {
  const opened = new Map<Fd, string>([[root, '/']]);
  const plain = fakeSys({ directories: ['/'] }).sys.status({ path: '/', follow: true });
  let next = 60;
  bindFakeSys({
    overrides: {
      open: ({ path, directory }) => {
        if (directory !== root) throw new Error('opens a path of the host');
        if (!mounts.has(path)) throw systemError('ENOENT', 'openat2', path);
        opened.set(next, path);
        return next++;
      },
      status: ({ fd }) => {
        const mount = mounts.get(opened.get(fd as number) as string) as number;
        // 1 is the mount of the root itself.
        return plain === null ? null : { ...plain, mount: Math.abs(mount), mountRoot: mount > 1 };
      },
      close: ({ fd }) => {
        if (!opened.delete(fd)) throw new Error(`${fd} is closed twice`);
      },
      ...overrides,
    },
  });
  return opened;
}

describe('the mounts of a warm slot', () => {
  test('are found where they were made', () => {
    const opened = bindRoot(mountsAt({ '/proc': 7, '/data': 8 }));
    const made = new Places({ root, places });
    expect(made.areUnchanged()).toBe(true);
    expect([...opened.keys()]).toEqual([root]);
    made.close();
    expect([...opened]).toEqual([]);
  });

  test.each<readonly [string, (mounts: Map<string, number>) => void]>([
    ['the directory below one was moved away', (mounts) => mounts.delete('/data')],
    ['the path leads into the mount below', (mounts) => mounts.set('/data', 1)],
    ['something else was mounted there', (mounts) => mounts.set('/data', 9)],
    ['a symlink leads to the other', (mounts) => mounts.set('/data', 7)],
  ])('are found moved when %s', (_, change) => {
    const mounts = mountsAt({ '/proc': 7, '/data': 8 });
    bindRoot(mounts);
    const made = new Places({ root, places });
    change(mounts);
    expect(made.areUnchanged()).toBe(false);
  });

  test.each(['ENOENT', 'ENOTDIR', 'ELOOP', 'EXDEV', 'EAGAIN', 'EACCES'])(
    'count as moved when resolving their path fails with %s',
    (code) => {
      const mounts = mountsAt({ '/proc': 7, '/data': 8 });
      let blocked = false;
      const opened = bindRoot(mounts);
      const made = new Places({ root, places });
      bindFakeSys({
        overrides: {
          open: ({ path }) => {
            blocked = true;
            throw systemError(code, 'openat2', path);
          },
          close: () => undefined,
        },
      });
      expect(made.areUnchanged()).toBe(false);
      expect(blocked).toBe(true);
      expect([...opened.keys()]).toEqual([root]);
    },
  );

  test('are not checked when the machine is out of descriptors', () => {
    const mounts = mountsAt({ '/proc': 7, '/data': 8 });
    bindRoot(mounts);
    const made = new Places({ root, places });
    bindFakeSys({
      overrides: {
        open: ({ path }) => {
          throw systemError('EMFILE', 'openat2', path);
        },
      },
    });
    expect(() => made.areUnchanged()).toThrow(/EMFILE/);
  });

  test.each<readonly [string, Map<string, number>]>([
    ['one is not where it was made', mountsAt({ '/proc': 7 })],
    ['one is below another', mountsAt({ '/proc': 7, '/data': -7 })],
    ['a symlink gives two the same place', mountsAt({ '/proc': 7, '/data': 7 })],
  ])('make the slot unusable when %s, and nothing stays open', (_, mounts) => {
    const opened = bindRoot(mounts);
    expect(() => new Places({ root, places })).toThrow(
      expect.objectContaining({
        message: 'prewarm: the mounts of a warm slot are not where it made them',
        path: '/proc, /data',
        hint: expect.stringContaining('symlink') as string,
      }) as Error,
    );
    expect([...opened]).toEqual([]);
  });

  test('of a slot without any need no root', () => {
    const opened = bindRoot(new Map());
    const made = new Places({ root: -1, places: [] });
    expect(made.areUnchanged()).toBe(true);
    made.close();
    expect([...opened.keys()]).toEqual([root]);
  });
});
