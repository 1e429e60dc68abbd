/** Root file systems whose ids are mapped: what containerd asks for a pod with `hostUsers: false`. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createTask, describe, expect, makeBundle, newId, newPath, test } from '../harness/shim.js';
import { first, withUserNamespace } from '../../library/harness/user_namespace.js';

const maps = [`uidmap=0:${first}:65536`, `gidmap=0:${first}:65536`];
const mountinfo = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

interface Prepared {
  readonly bundle: ReturnType<typeof makeBundle>;
  /** The image's only layer, which belongs to root of the host. */
  readonly layer: string;
  readonly upper: string;
  readonly work: string;
}

/** A bundle without a root file system, whose layer has a file of the user 7. */
function prepared(script: string): Prepared {
  const bundle = makeBundle({
    script,
    config: (config) => {
      withUserNamespace(config);
      config.root.readonly = false;
      const names = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER'];
      config.process.capabilities = { bounding: names, effective: names, permitted: names };
    },
  });
  const [layer, upper, work] = [newPath(), newPath(), newPath()];
  execFileSync('mv', [`${bundle.directory}/rootfs`, layer]);
  for (const directory of [upper, work]) mkdirSync(directory);
  // As a snapshotter does for these options.
  chownSync(upper, first, first);
  writeFileSync(`${layer}/of-seven`, 'x');
  chownSync(`${layer}/of-seven`, 7, 8);
  writeFileSync(`${layer}/plain`, '');
  return { bundle, layer, upper, work };
}

async function outputOf(bundle: Prepared['bundle'], rootfs: Parameters<typeof createTask>[1]): Promise<string> {
  const stdout = newPath();
  const task = await createTask({ id: newId(), bundle }, { ...rootfs, stdout: `file://${stdout}`, stderr: `file://${stdout}` });
  await task.start();
  await task.wait();
  await task.delete();
  expect(mountinfo()).not.toContain(bundle.directory);
  return readFileSync(stdout, 'utf8');
}

describe('an overlay with uidmap and gidmap', () => {
  test('shows the ids of the layers in the user namespace, and what is written belongs to it', async () => {
    const { bundle, layer, upper, work } = prepared('stat -c "%u %g" /bin /of-seven; echo y > /new; echo z >> /of-seven; chown 9:9 /plain');
    const second = newPath();
    mkdirSync(second);
    writeFileSync(`${second}/above`, 'from above');
    const options = ['index=off', ...maps, `workdir=${work}`, `upperdir=${upper}`, `lowerdir=${second}:${layer}`];
    expect(await outputOf(bundle, { rootfs: [{ type: 'overlay', source: 'overlay', options }] })).toBe('0 0\n7 8\n');
    const owner = (name: string): readonly number[] => [statSync(`${upper}/${name}`).uid, statSync(`${upper}/${name}`).gid];
    expect([owner('new'), owner('of-seven'), owner('plain')]).toEqual([
      [first, first],
      [first + 7, first + 8],
      [first + 9, first + 9],
    ]);
    // The image is shared by containers.
    expect([statSync(`${layer}/of-seven`).uid, readFileSync(`${layer}/of-seven`, 'utf8')]).toEqual([7, 'x']);
    expect(readdirSync(second)).toEqual(['above']);
  });

  test('may have many layers with long names', async () => {
    const { bundle, layer, upper, work } = prepared('cat /layer-*/name | wc -l; stat -c %u /layer-0/name');
    const root = `${newPath()}-a-directory-with-a-rather-long-name-so-that-the-options-become-longer-than-a-page`;
    const layers = Array.from({ length: 60 }, (_, index) => `${root}/${index}/fs`);
    for (const [index, path] of layers.entries()) {
      mkdirSync(`${path}/layer-${index}`, { recursive: true });
      writeFileSync(`${path}/layer-${index}/name`, 'x\n');
    }
    const options = [...maps, `workdir=${work}`, `upperdir=${upper}`, `lowerdir=${[...layers, layer].join(':')}`];
    expect(await outputOf(bundle, { rootfs: [{ type: 'overlay', source: 'overlay', options }] })).toBe('60\n0\n');
  });

  test.each<readonly [string, readonly string[], RegExp]>([
    [
      'with a layer that does not exist',
      [...maps, 'lowerdir=/no/such/layer'],
      /mount overlay with mapped layers "\/no\/such\/layer": no such file or directory/,
    ],
    ['with a layer that cannot be mapped', [...maps, 'lowerdir=/proc:/'], /mount overlay with mapped layers "\/proc": invalid argument/],
    ['without layers', maps, /mount overlay with mapped layers/],
    ['with uidmap alone', [maps[0] ?? '', 'lowerdir=/tmp:/etc'], /option "uidmap": it needs "gidmap", too/],
    ['with a map that is not one', ['uidmap=0:1', 'gidmap=0:1:1', 'lowerdir=/tmp'], /option "uidmap": "0:1" is not three ids/],
  ])('%s is refused with the reason, and nothing stays', async (_, options, reason) => {
    const { bundle } = prepared('true');
    const before = mountinfo();
    await expect(createTask({ id: newId(), bundle }, { rootfs: [{ type: 'overlay', source: 'overlay', options }] })).rejects.toThrow(
      reason,
    );
    expect(mountinfo()).toBe(before);
  });
});

describe('a bind mount with uidmap and gidmap', () => {
  test('has the ids of the user namespace, and its flags', async () => {
    const { bundle, layer } = prepared('stat -c "%u %g" /of-seven; echo y > /new || echo read-only');
    const rootfs = [{ type: 'bind', source: layer, options: ['rbind', 'ro', ...maps] }];
    expect(await outputOf(bundle, { rootfs })).toMatch(/^7 8\n(.*Read-only file system\n)?read-only\n$/);
  });

  test('follows a symbolic link in the place of its target as mount(2) does', async () => {
    const { bundle, layer } = prepared('stat -c "%u %g" /of-seven');
    const target = newPath();
    mkdirSync(target);
    symlinkSync(target, `${bundle.directory}/rootfs`);
    await expect(
      createTask({ id: newId(), bundle }, { rootfs: [{ type: 'bind', source: layer, options: ['rbind', ...maps] }] }),
    ).resolves.toBeDefined();
    execFileSync('umount', ['--lazy', target]);
  });
});

test('another file system with uidmap and gidmap is refused with the reason', async () => {
  const { bundle } = prepared('true');
  await expect(createTask({ id: newId(), bundle }, { rootfs: [{ type: 'tmpfs', source: 'tmpfs', options: maps }] })).rejects.toThrow(
    /only an overlay and a bind mount can have uidmap and gidmap/,
  );
});
