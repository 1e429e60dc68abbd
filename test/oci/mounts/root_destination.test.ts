import { symlinkSync } from 'node:fs';
import {
  can,
  describe,
  expect,
  fail,
  inside,
  makeBundle,
  newDirectory,
  run,
  runtime,
  succeed,
  test,
  type Config,
} from '../harness/index.js';

const writable = 'touch /made 2>/dev/null && echo written || echo refused';
const spellings = ['/', '//', '/.', '/tmp/..', '/link'];

function bundleWith(change: (config: Config) => void, script = writable): ReturnType<typeof makeBundle> {
  const bundle = makeBundle({ script, config: (config) => ((config.root.readonly = false), change(config)) });
  symlinkSync('/', `${bundle.rootfs}/link`);
  return bundle;
}

// A mount on the root would be above the root directory of every process: both peers make it, and do not report it.
describe.runIf(can.knowTheRoot)('the root of the container', () => {
  test.each(spellings)('in readonlyPaths ["%s"] makes the root read-only', async (path) => {
    const bundle = bundleWith((config) => (config.linux.readonlyPaths = [path]));
    expect(succeed(await run(bundle))).toBe('refused');
  });

  test('as a read-only path leaves the mounts below it unchanged', async () => {
    expect(
      await inside(
        'touch /dev/shm/made && echo written',
        (config) => ((config.root.readonly = false), (config.linux.readonlyPaths = ['/'])),
      ),
    ).toBe('written');
  });

  test.each(spellings)('in maskedPaths ["%s"] is refused by name', async (path) => {
    const bundle = bundleWith((config) => (config.linux.maskedPaths = [path]));
    expect(fail(await run(bundle))).toContain(`"${path}`);
    expect((await runtime(['check', '--bundle', bundle.directory])).stdout).toContain('/linux/maskedPaths/0');
  });

  const mounts = spellings.flatMap((destination) => [
    [destination, { destination, type: 'tmpfs', source: 'tmpfs' }],
    [destination, { destination, type: 'bind', source: newDirectory(), options: ['rbind', 'ro'] }],
  ]) as [string, Config['mounts'][number]][];
  test.each(mounts)('as the mount destination "%s" is refused by name', async (destination, mount) => {
    const bundle = bundleWith((config) => config.mounts.push(mount));
    expect(fail(await run(bundle))).toContain(`"${destination}`);
    expect((await runtime(['check', '--bundle', bundle.directory])).stdout).toMatch(/\/mounts\/\d+\/destination/);
  });

  test('as the destination of a remount is changed', async () => {
    const bundle = bundleWith((config) =>
      config.mounts.push({ destination: '/', type: 'none', source: 'none', options: ['remount', 'bind', 'ro'] }),
    );
    expect(succeed(await run(bundle))).toBe('refused');
  });
});

// /proc/net is a link to a directory of each process, so the mount would be visible to only one of them.
test.runIf(can.knowTheRoot || can.runcCommand)('a mount over /proc/net/dev is refused', async () => {
  const bundle = makeBundle({
    args: ['true'],
    config: (config) => config.mounts.push({ destination: '/proc/net/dev', source: '/etc/hostname', options: ['bind'] }),
  });
  expect(fail(await run(bundle))).toContain('cannot be mounted because it is inside /proc');
});
