/** What CRIU itself does about the cgroup of a container, by --manage-cgroups-mode. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { hasCriu } from '../../programs/criu/real.js';
import {
  afterTest,
  can,
  describe,
  expect,
  fail,
  makeBundle,
  newId,
  runtime,
  stateOf,
  stateRoot,
  test,
  type Bundle,
} from '../harness/index.js';
import { count, countsOn, restore, save, type Saved } from './saved.js';

const mount = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';

async function cgroupOf(id: string): Promise<string> {
  const { pid } = await stateOf(id);
  return mount + (/^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '/');
}

const limit = (cgroup: string, name: string): string => readFileSync(`${cgroup}/cgroup.max.${name}`, 'utf8').trim();

/** config.json has one limit; somebody has set another one in the cgroup since then. */
async function limited(mode: string): Promise<Saved> {
  return save({
    bundle: makeBundle({
      script: count,
      config: (config) => Object.assign(config.linux, { resources: { unified: { 'cgroup.max.descendants': '7' } } }),
    }),
    checkpoint: ['--manage-cgroups-mode', mode],
    before: async (id) => {
      writeFileSync(`${await cgroupOf(id)}/cgroup.max.depth`, '5');
    },
  });
}

const restoreIn = (bundle: Bundle, image: string, id: string): ReturnType<typeof runtime> =>
  runtime(['restore', '--detach', '--manage-cgroups-mode', 'strict', '--image-path', image, '--bundle', bundle.directory, id], {
    timeout: 60_000,
  });

describe.runIf(can.tsrun && hasCriu)('--manage-cgroups-mode', () => {
  test.each([
    ['ignore', 'max'],
    ['soft', 'max'],
    ['full', '5'],
    ['strict', '5'],
  ])('%s: the container is in its cgroup, with the limits of config.json, and a limit of the image is %s', async (mode, depth) => {
    const saved = await limited(mode);
    const restored = await restore(saved, ['--manage-cgroups-mode', mode]);
    await countsOn(saved, restored);
    const cgroup = await cgroupOf(restored.id);
    expect(cgroup.endsWith(restored.id), cgroup).toBe(true);
    expect(limit(cgroup, 'descendants')).toBe('7');
    expect(limit(cgroup, 'depth')).toBe(depth);
    for (let n = 0; n < 7; n++) mkdirSync(`${cgroup}/${n}`);
    expect(() => mkdirSync(`${cgroup}/7`)).toThrow('EAGAIN');
  });

  test('strict: a cgroup that exists is an error, and stays as it is', async () => {
    const { bundle, image } = await limited('strict');
    const id = newId();
    const cgroup = `${mount}/${id}`;
    bundle.config.linux.cgroupsPath = `/${id}`;
    bundle.save();
    mkdirSync(cgroup);
    afterTest(() => {
      rmdirSync(cgroup);
    });
    expect(fail(await restoreIn(bundle, image, id))).toContain(`cgroup "${cgroup}": file exists (EEXIST)`);
    expect(limit(cgroup, 'descendants')).toBe('max');
    expect(readdirSync(stateRoot)).not.toContain(id);
  });
});
