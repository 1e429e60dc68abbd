import { expect, test } from 'vitest';
import { main } from '../../../src/entry/main.js';
import type { Sys } from '../../../src/sys/contract.js';
import { bindRecordingSys } from '../cli/recording_sys.js';

const tmpfsMagic = 0x01021994;
const cgroup2Magic = 0x63677270;

/** A host with cgroup v1, unless `sys` says otherwise. */
async function call(args: readonly string[], sys: Partial<Sys> = {}) {
  const written = bindRecordingSys({ filesystemType: () => tmpfsMagic, ...sys });
  return { code: await main(['spec', ...args]), written };
}

test.each([
  [[], './config.json'],
  [['-b', '/b'], '/b/config.json'],
  [['--bundle', '/b', '--file', 'other.json'], '/b/other.json'],
])('%j writes %s', async (args, path) => {
  const { code, written } = await call(args);
  expect(code).toBe(0);
  expect(JSON.parse(written.get(path) ?? '')).toMatchObject({ root: { path: 'rootfs' }, process: { args: ['sh'] } });
});

test('a rootless configuration maps the caller to root', async () => {
  const { written } = await call(['--rootless'], { ids: () => ({ pid: 1, uid: 1000, euid: 1000, egid: 100, secure: false }) });
  expect(JSON.parse(written.get('./config.json') ?? '')).toMatchObject({
    linux: { uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }], gidMappings: [{ containerID: 0, hostID: 100, size: 1 }] },
  });
});

test.each([
  ['of its own where cgroup v2 is the only hierarchy', cgroup2Magic, true],
  ['of the host elsewhere', tmpfsMagic, false],
])('the template contains a cgroup namespace %s', async (_, type, expected) => {
  const { written } = await call([], { filesystemType: () => type });
  expect(written.get('./config.json')?.includes('"type": "cgroup"\n')).toBe(expected);
});

test('an existing file is never overwritten', async () => {
  const { code, written } = await call([], {
    writeFile: ({ flags }) => {
      expect(flags & 0o200).not.toBe(0);
      throw Object.assign(new Error('open'), { code: 'EEXIST', errno: 17, call: 'openat2', subject: './config.json' });
    },
  });
  expect(code).toBe(1);
  expect(written.get('2')).toContain('File config.json exists. Remove it first');
});
