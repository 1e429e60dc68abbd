import { expect, test } from 'vitest';
import { main } from '../../../src/main.js';
import type { Door } from '../../../src/native/contract.js';
import { bindRecordingDoor } from '../cli/recording_door.js';

async function call(args: readonly string[], door: Partial<Door> = {}) {
  const written = bindRecordingDoor(door);
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

test('a rootless one maps the caller to root', async () => {
  const { written } = await call(['--rootless'], { ids: () => ({ pid: 1, uid: 1000, euid: 1000, egid: 100 }) });
  expect(JSON.parse(written.get('./config.json') ?? '')).toMatchObject({
    linux: { uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }], gidMappings: [{ containerID: 0, hostID: 100, size: 1 }] },
  });
});

test('nothing is written over', async () => {
  const { code, written } = await call([], {
    writeFile: ({ flags }) => {
      expect(flags & 0o200).not.toBe(0);
      throw Object.assign(new Error('open'), { code: 'EEXIST', errno: 17, call: 'openat2', subject: './config.json' });
    },
  });
  expect(code).toBe(1);
  expect(written.get('2')).toContain('File config.json exists. Remove it first');
});
