import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, newId, test } from '../harness/index.js';
import { bundleOf, call, home, isExecutable, user, type Home } from './home.js';

/** Another user without rights. */
const other = 65533;

function ownedBy(uid: number, path: string, mode: number): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  chownSync(path, uid, uid);
  return path;
}

describe.runIf(isExecutable)('XDG_RUNTIME_DIR of a user who is not root', () => {
  /** Each returns the directory that the user is told to use. */
  const traps: readonly (readonly [string, (at: Home) => string, string])[] = [
    ['belongs to another user', ({ directory }) => ownedBy(other, join(directory, 'x'), 0o777), 'belongs to user 65533'],
    ['belongs to root', ({ directory }) => ownedBy(0, join(directory, 'x'), 0o755), 'belongs to user 0'],
    ['can be written by its group', ({ directory }) => ownedBy(user, join(directory, 'x'), 0o770), 'other users can write to it'],
    [
      'can be written by all, with a sticky bit',
      ({ directory }) => ownedBy(user, join(directory, 'x'), 0o1777),
      'other users can write to it',
    ],
    ['is not there', ({ directory }) => join(directory, 'x'), 'no such directory'],
    ['is a relative path', () => 'runtime', 'not an absolute path'],
    ['is a file', ({ tsrun }) => tsrun, 'not a directory'],
    [
      'is a symbolic link to a directory of the user',
      ({ directory, runtime }) => {
        symlinkSync(runtime, join(directory, 'x'));
        return join(directory, 'x//');
      },
      'not a directory',
    ],
    [
      'has a symbolic link in place of the state root, to a directory of the user',
      ({ directory, runtime }) => {
        symlinkSync(ownedBy(user, join(directory, 'elsewhere'), 0o700), join(runtime, 'tsrun'));
        return runtime;
      },
      'not a directory',
    ],
    [
      'has a symbolic link in place of the state root, to a directory that is not there',
      ({ directory, runtime }) => {
        symlinkSync(join(directory, 'elsewhere'), join(runtime, 'tsrun'));
        return runtime;
      },
      'not a directory',
    ],
    [
      'has a state root of another user',
      ({ runtime }) => {
        ownedBy(other, join(runtime, 'tsrun'), 0o777);
        return runtime;
      },
      'belongs to user 65533',
    ],
    [
      'has a state root that others can write to',
      ({ runtime }) => {
        ownedBy(user, join(runtime, 'tsrun'), 0o702);
        return runtime;
      },
      'other users can write to it',
    ],
  ];

  test.each(traps)('is refused if it %s', async (_, trap, reason) => {
    const at = home();
    const bundle = await bundleOf(at, 'echo ran');
    const trapped = { ...at, runtime: trap(at) };
    for (const args of [
      ['run', '--bundle', bundle, newId()],
      ['delete', '--force', newId()],
    ]) {
      const outcome = await call(trapped, args);
      expect(outcome).toMatchObject({ stdout: '', stderr: expect.stringContaining(reason) as string });
      expect(outcome.code).not.toBe(0);
      expect(outcome.stderr).toContain('with mode 0700');
    }
    for (const name of ['x', 'elsewhere']) expect(contents(join(at.directory, name))).toEqual([]);
  });

  test.each([
    ['a directory of another user', ({ runtime }: Home, id: string) => ownedBy(other, join(runtime, 'tsrun', id), 0o700)],
    ['a directory that others can write to', ({ runtime }: Home, id: string) => ownedBy(user, join(runtime, 'tsrun', id), 0o777)],
    [
      'a symbolic link to a container of the user',
      ({ directory, runtime }: Home, id: string) => symlinkSync(ownedBy(user, join(directory, 'x'), 0o700), join(runtime, 'tsrun', id)),
    ],
    ['a file', ({ runtime }: Home, id: string) => writeFileSync(join(runtime, 'tsrun', id), 'mine')],
  ] as const)('has %s in place of a container, which no verb believes, changes or removes', async (_, plant) => {
    const at = home();
    const id = newId();
    const bundle = await bundleOf(at, 'echo ran');
    ownedBy(user, join(at.runtime, 'tsrun'), 0o700);
    plant(at, id);
    const path = join(at.runtime, 'tsrun', id);
    const before = lstatSync(path);
    const isDirectory = before.isDirectory();
    if (isDirectory) writeFileSync(join(path, 'state.json'), '{"id": "planted"}');
    for (const args of [
      ['run', '--bundle', bundle, id],
      ['state', id],
      ['kill', id, 'KILL'],
      ['exec', id, 'true'],
    ]) {
      const outcome = await call(at, args);
      expect(outcome.code).not.toBe(0);
      expect(outcome.stdout).not.toContain('ran');
    }
    await call(at, ['delete', '--force', id]);
    expect(lstatSync(path).ino).toBe(before.ino);
    if (isDirectory) expect(readFileSync(join(path, 'state.json'), 'utf8')).toBe('{"id": "planted"}');
  });
});

function contents(path: string): readonly string[] {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status?.isDirectory() === true ? readdirSync(path) : [];
}
