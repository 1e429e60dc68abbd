import { expect, test } from 'vitest';
import { flagValues } from '../../../../src/cli/options/flag_values.js';
import { globalOptions, readGlobals } from '../../../../src/cli/options/global.js';
import type { Sys } from '../../../../src/sys/contract.js';
import type { FileStatus } from '../../../../src/sys/values.js';
import { bindRecordingSys } from '../recording_sys.js';

function read(flags: readonly string[], sys: Partial<Sys> = {}) {
  const { environment = () => ['XDG_RUNTIME_DIR=/run/user/7', 'USER=me'] } = sys;
  const variable = ({ name }: { readonly name: string }): string | null =>
    environment()
      .find((entry) => entry.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? null;
  bindRecordingSys({ variable, ...sys });
  return readGlobals(flagValues(globalOptions, flags));
}

const directory =
  (uid: number, mode: number, kind: FileStatus['kind'] = 'directory') =>
  (): FileStatus =>
    ({ uid, mode, kind }) as FileStatus;
const unprivileged: Partial<Sys> = { ids: () => ({ pid: 1, uid: 7, euid: 7, egid: 7, secure: false }), status: directory(7, 0o700) };

const initial: Partial<Sys> = { readLink: () => 'user:[4026531837]' };
const mapped: Partial<Sys> = { readLink: () => 'user:[4026532000]', status: directory(0, 0o700) };

test("root's containers are in /run, whatever XDG_RUNTIME_DIR says", () => {
  expect(read([], initial).root).toBe('/run/tsrun');
});

test("another user's containers are in XDG_RUNTIME_DIR", () => {
  expect(read([], unprivileged).root).toBe('/run/user/7/tsrun');
});

test('an empty XDG_RUNTIME_DIR, which podman sets, means none', () => {
  expect(read([], { ...unprivileged, environment: () => ['XDG_RUNTIME_DIR='] }).root).toBe('/run/tsrun');
});

test('so are those of a user who is root in a user namespace only, unless USER is root, too', () => {
  expect(read([], mapped).root).toBe('/run/user/7/tsrun');
  expect(read([], { ...mapped, environment: () => ['XDG_RUNTIME_DIR=/run/user/7', 'USER=root'] }).root).toBe('/run/tsrun');
});

test.each<[string, FileStatus | null]>([
  ['belongs to user 8, not to user 7', directory(8, 0o700)()],
  ['not a directory', directory(7, 0o777, 'symlink')()],
  ['other users can write to it', directory(7, 0o770)()],
  ['no such directory', null],
])('an XDG_RUNTIME_DIR is refused: %s', (reason, status) => {
  const globals = read([], { ...unprivileged, status: () => status });
  expect(() => globals.root).toThrow(`use XDG_RUNTIME_DIR "/run/user/7": ${reason}`);
});

test.each<[string, FileStatus]>([
  ['belongs to user 8, not to user 7', directory(8, 0o700)()],
  ['not a directory', directory(7, 0o777, 'symlink')()],
  ['other users can write to it', directory(7, 0o770)()],
])('a state root in it that others have made is refused: %s', (reason, status) => {
  const globals = read([], { ...unprivileged, status: ({ path }) => (path === '/run/user/7' ? directory(7, 0o700)() : status) });
  expect(() => globals.root).toThrow(`use XDG_RUNTIME_DIR "/run/user/7/tsrun": ${reason}`);
});

test('a state root in it need not exist', () => {
  expect(read([], { ...unprivileged, status: ({ path }) => (path === '/run/user/7' ? directory(7, 0o700)() : null) }).root).toBe(
    '/run/user/7/tsrun',
  );
});

test.each([
  ['true', true],
  ['false', false],
  ['auto', undefined],
])('--rootless %s', (word, expected) => {
  expect(read([`--rootless=${word}`]).rootless).toBe(expected);
});

test('an XDG_RUNTIME_DIR is refused: not an absolute path', () => {
  const globals = read([], { ...unprivileged, environment: () => ['XDG_RUNTIME_DIR=run'] });
  expect(() => globals.root).toThrow('not an absolute path');
});

test('a relative --root starts from the working directory', () => {
  expect(read(['--root=state']).root).toBe('/work/state');
});

test("crun's option names are accepted", () => {
  expect(read(['--cgroup-manager=systemd', '--log-level=debug', '--log=file:/l'], initial)).toEqual({
    root: '/run/tsrun',
    debug: true,
    systemdCgroup: true,
    noCgroup: false,
    rootless: undefined,
    allowAnnotations: [],
    log: { file: '/l', format: 'text' },
  });
});

test('--cgroup-manager disabled means no cgroups', () => {
  expect(read(['--cgroup-manager=disabled'])).toMatchObject({ noCgroup: true, systemdCgroup: false });
});
