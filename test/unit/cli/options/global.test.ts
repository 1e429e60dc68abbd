import { expect, test } from 'vitest';
import { flagValues } from '../../../../src/cli/options/flag_values.js';
import { globalOptions, readGlobals } from '../../../../src/cli/options/global.js';
import type { Sys } from '../../../../src/sys/contract.js';
import { bindRecordingSys } from '../recording_sys.js';

function read(flags: readonly string[], sys: Partial<Sys> = {}) {
  bindRecordingSys(sys);
  return readGlobals(flagValues(globalOptions, flags));
}

const unprivileged: Partial<Sys> = { ids: () => ({ pid: 1, uid: 7, euid: 7, egid: 7 }) };

test("root's containers are in /run, whatever XDG_RUNTIME_DIR says", () => {
  expect(read([]).root).toBe('/run/tsrun');
});

test("another user's containers are in XDG_RUNTIME_DIR", () => {
  expect(read([], unprivileged).root).toBe('/run/user/7/tsrun');
});

test('an empty XDG_RUNTIME_DIR, which podman sets, means none', () => {
  expect(read([], { ...unprivileged, environment: () => ['XDG_RUNTIME_DIR='] }).root).toBe('/run/tsrun');
});

test('a relative --root starts from the working directory', () => {
  expect(read(['--root=state']).root).toBe('/work/state');
});

test("crun's option names are accepted", () => {
  expect(read(['--cgroup-manager=systemd', '--log-level=debug', '--log=file:/l'])).toEqual({
    root: '/run/tsrun',
    debug: true,
    systemdCgroup: true,
    noCgroup: false,
    allowAnnotations: [],
    log: { file: '/l', format: 'text' },
  });
});

test('--cgroup-manager disabled means no cgroups', () => {
  expect(read(['--cgroup-manager=disabled'])).toMatchObject({ noCgroup: true, systemdCgroup: false });
});
