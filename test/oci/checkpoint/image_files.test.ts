/** Images of somebody else: CRIU would open the files in them as root, by their names, and follow symbolic links. */
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { recordingCriu, type RecordingCriu } from '../../programs/criu/recording.js';
import {
  can,
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newId,
  running,
  runtime,
  stateRoot,
  succeed,
  test,
} from '../harness/index.js';

const makers = {
  'a symbolic link': (path: string, outside: string) => {
    symlinkSync(outside, path);
  },
  'a FIFO': (path: string) => {
    execFileSync('mkfifo', [path]);
  },
  'a device': (path: string) => {
    execFileSync('mknod', [path, 'c', '1', '5']);
  },
} as const;
const kinds = Object.keys(makers) as (keyof typeof makers)[];

/** A file outside of the image, with a text that must remain. */
function fileOutside(): string {
  const path = `${newDirectory()}/outside`;
  writeFileSync(path, 'kept');
  return path;
}

function image(criu: RecordingCriu): string {
  mkdirSync(criu.image);
  writeFileSync(`${criu.image}/tsrun.json`, JSON.stringify({ descriptors: ['', '', ''], externalMounts: [] }));
  return criu.image;
}

describe.runIf(can.tsrun)('an image with', () => {
  test.each(kinds.flatMap((kind) => ['restore.log', 'inventory.img'].map((file) => [kind, file] as const)))(
    '%s in place of %s is not restored',
    async (kind, file) => {
      const criu = recordingCriu();
      const outside = fileOutside();
      makers[kind](`${image(criu)}/${file}`, outside);
      const id = newId();
      const { directory } = makeBundle();
      const error = fail(
        await runtime(['restore', '--detach', '--image-path', criu.image, '--bundle', directory, id], { env: criu.env, timeout: 10_000 }),
      );
      expect(error).toContain(`restore container "${id}": image file "${criu.image}/${file}" is ${kind}`);
      expect(readFileSync(outside, 'utf8')).toBe('kept');
      expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
      expect(() => criu.options('restore')).toThrow('ENOENT');
    },
  );

  test.each(kinds)('%s in place of an image file is not written, and the container keeps running', async (kind) => {
    const criu = recordingCriu();
    const outside = fileOutside();
    mkdirSync(criu.image);
    makers[kind](`${criu.image}/core-1.img`, outside);
    const { id } = await running();
    const error = fail(await runtime(['checkpoint', '--image-path', criu.image, id], { env: criu.env, timeout: 10_000 }));
    expect(error).toContain(`checkpoint container "${id}": image file "${criu.image}/core-1.img" is ${kind}`);
    expect(readFileSync(outside, 'utf8')).toBe('kept');
    expect(succeed(await runtime(['state', id]))).toContain('"running"');
  });

  test('a log that is a hard link, or the link to an earlier image, is used; the other name keeps its content', async () => {
    const criu = recordingCriu();
    const outside = fileOutside();
    linkSync(outside, `${image(criu)}/dump.log`);
    symlinkSync('../earlier', `${criu.image}/parent`);
    const { id } = await running();
    succeed(await runtime(['checkpoint', '--image-path', criu.image, id], { env: criu.env }));
    expect(statSync(outside).nlink).toBe(1);
    expect(readFileSync(outside, 'utf8')).toBe('kept');
  });

  test('a working directory of its own is checked only for the files that CRIU writes there', async () => {
    const criu = recordingCriu();
    const outside = fileOutside();
    const work = newDirectory();
    const { id } = await running();
    const checkpoint = (): ReturnType<typeof runtime> =>
      runtime(['checkpoint', '--image-path', criu.image, '--work-path', work, id], { env: criu.env });
    symlinkSync(outside, `${work}/stats-dump`);
    expect(fail(await checkpoint())).toContain(`image file "${work}/stats-dump" is a symbolic link`);
    execFileSync('rm', [`${work}/stats-dump`]);
    symlinkSync(outside, `${work}/attach`);
    succeed(await checkpoint());
    expect(readFileSync(outside, 'utf8')).toBe('kept');
  });
});

describe.runIf(can.tsrun)('an image that another user changes meanwhile', () => {
  /** Restores when a program, which is started just before CRIU, has done something to the image. */
  async function restoreWhile(script: (image: string) => string, env: Readonly<Record<string, string>> = {}) {
    const criu = recordingCriu();
    const link = `${criu.env.FAKE_CRIU}/bin/criu`;
    const fake = realpathSync(link);
    rmSync(link);
    writeFileSync(link, `#!/bin/sh\n${script(image(criu))}\nexec ${fake} "$@"\n`, { mode: 0o755 });
    const line = ['restore', '--detach', '--image-path', criu.image, '--bundle', makeBundle().directory, newId()];
    return { criu, outcome: await runtime(line, { env: { ...criu.env, ...env }, timeout: 10_000 }) };
  }

  test.each(['mkdir', 'ln -s /etc'])('is the directory that was checked, also if its path leads elsewhere by %s', async (command) => {
    const { criu, outcome } = await restoreWhile((path) => `mv ${path} ${path}.checked && ${command} ${path}`, { FAKE_CRIU_FAIL: 'no' });
    expect(fail(outcome)).toContain('CRIU failed: no');
    expect(existsSync(`${criu.image}.checked/restore.log`)).toBe(true);
    expect(existsSync(`${criu.image}/restore.log`)).toBe(false);
  });

  test('does not make tsrun wait by a FIFO in place of the log', async () => {
    const { outcome } = await restoreWhile((path) => `mkfifo ${path}/restore.log`, { FAKE_CRIU_DIE: 'request' });
    expect(fail(outcome)).toContain('CRIU failed: it was killed');
  });
});
