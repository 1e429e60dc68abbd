import { describe, expect, test } from 'vitest';
import { withSocketPath } from '../../../../src/state/socket_path.js';
import { deriveStatus } from '../../../../src/container/state/status.js';
import { bindFakeSys } from '../../fake_sys.js';

const observed = (born: boolean, alive: boolean, frozen: boolean, waits: boolean): Parameters<typeof deriveStatus>[0] => ({
  born,
  alive: () => alive,
  frozen: () => frozen,
  awaitsStart: () => waits,
});

test.each([
  ['creating', observed(false, false, false, false)],
  ['created', observed(true, true, false, true)],
  ['running', observed(true, true, false, false)],
  ['paused', observed(true, true, true, false)],
  // runc reports the same for a created container that was paused.
  ['paused', observed(true, true, true, true)],
  ['stopped', observed(true, false, false, false)],
  // Its socket, or the frozen cgroup, may outlive a killed init.
  ['stopped', observed(true, false, true, true)],
])('the status is %s', (status, seen) => {
  expect(deriveStatus(seen)).toBe(status);
});

describe('the start socket', () => {
  test('has its path as its name if that fits', () => {
    bindFakeSys();
    expect(withSocketPath({ root: '/run/tsrun', id: 'web' }, 'start.sock', (path) => path)).toBe('/run/tsrun/web/start.sock');
  });
  // `ä` has two bytes: 60 of them exceed sun_path, though 60 characters do not.
  test.each(['/' + 'x'.repeat(110), '/' + 'ä'.repeat(60)])('is reached through its directory below %s', (root) => {
    const fake = bindFakeSys({ directories: [`${root}/web`] });
    expect(withSocketPath({ root, id: 'web' }, 'start.sock', (path) => path)).toMatch(/^\/proc\/self\/fd\/\d+\/start\.sock$/);
    expect(fake.calls.map((call) => call.split(' ')[0])).toEqual(['open', 'close']);
  });
});
