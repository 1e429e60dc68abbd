import { readFileSync, readlinkSync } from 'node:fs';
import {
  can,
  describe,
  execInside,
  expect,
  inside,
  joinNamespace,
  refused,
  running,
  stateOf,
  test,
  type Config,
} from '../harness/index.js';

const day = 86_400;
const uptime = (text: string): number => Number(text.split(' ')[0]);

function shifted(config: Config): void {
  config.linux.namespaces.push({ type: 'time' });
  config.linux.timeOffsets = { monotonic: { secs: 2 * day }, boottime: { secs: 5 * day, nanosecs: 500_000_000 } };
}

describe.runIf(can.timeNamespace)('in a time namespace', () => {
  test('the boot clock is ahead by the offset', async () => {
    const seen = uptime(await inside('cat /proc/uptime', shifted));
    const here = uptime(readFileSync('/proc/uptime', 'utf8'));
    expect(Math.abs(seen - here - 5 * day)).toBeLessThan(60);
  });

  test('the offsets are the configured ones', async () => {
    const lines = (await inside('cat /proc/self/timens_offsets', shifted)).split('\n').map((line) => line.trim().split(/\s+/));
    expect(lines).toEqual([
      ['monotonic', String(2 * day), '0'],
      ['boottime', String(5 * day), '500000000'],
    ]);
  });

  test("without offsets the clocks are the host's", async () => {
    const seen = await inside('readlink /proc/self/ns/time; cat /proc/uptime', (config) => config.linux.namespaces.push({ type: 'time' }));
    expect(seen.split('\n')[0]).not.toBe(readlinkSync('/proc/self/ns/time'));
    expect(Math.abs(uptime(seen.split('\n')[1] ?? '') - uptime(readFileSync('/proc/uptime', 'utf8')))).toBeLessThan(60);
  });

  test('exec sees the same clock', async () => {
    const container = await running({ config: shifted });
    const here = uptime(readFileSync('/proc/uptime', 'utf8'));
    expect(uptime(await execInside(container.id, 'cat /proc/uptime')) - here).toBeGreaterThan(4 * day);
  });

  test.runIf(can.runcCommand)('another container can join it', async () => {
    const container = await running({ config: shifted });
    const { pid } = await stateOf(container.id);
    const seen = await inside('readlink /proc/self/ns/time', (config) => joinNamespace(config, 'time', `/proc/${pid}/ns/time`));
    expect(seen).toBe(readlinkSync(`/proc/${pid}/ns/time`));
  });

  test("that is the host's, offsets are refused", async () => {
    await refused((config) => (config.linux.timeOffsets = { boottime: { secs: 1 } }));
  });
});
