import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { can, expect, fail, makeBundle, newDirectory, newId, runtime, succeed, test } from '../harness/index.js';

/** Root in a user namespace, as Podman calls a runtime without root. */
function inUserNamespace(directory: string) {
  return { root: null, env: { XDG_RUNTIME_DIR: directory, USER: 'user' }, wrapper: ['unshare', '--user', '--map-root-user', '--mount'] };
}

/** A directory with mode 0700. */
function ownDirectory(): string {
  const directory = newDirectory();
  chmodSync(directory, 0o700);
  return directory;
}

test.runIf(can.tsrun)('root in a user namespace has containers in XDG_RUNTIME_DIR, where only the owner may enter', async () => {
  const directory = ownDirectory();
  const bundle = makeBundle({
    script: 'echo inside',
    config: (config) => {
      // The group of terminals has no id there.
      for (const mount of config.mounts ?? []) mount.options = (mount.options ?? []).filter((option) => option !== 'gid=5');
    },
  });
  const args = ['--cgroup-manager', 'disabled', 'run', '--bundle', bundle.directory, newId()];
  expect(succeed(await runtime(args, inUserNamespace(directory)))).toBe('inside');
  expect(readdirSync(directory)).toEqual(['tsrun']);
  expect(statSync(`${directory}/tsrun`).mode & 0o777).toBe(0o700);
});

test.runIf(can.tsrun)('an XDG_RUNTIME_DIR that is a symbolic link, or that others may write to, is refused', async () => {
  const directory = ownDirectory();
  const link = `${directory}/link`;
  const open = `${directory}/open`;
  mkdirSync(open);
  symlinkSync(directory, link);
  chmodSync(open, 0o777);
  expect(fail(await runtime(['list'], inUserNamespace(link)))).toContain('not a directory');
  expect(fail(await runtime(['list'], inUserNamespace(`${link}/`)))).toContain('not a directory');
  expect(fail(await runtime(['list'], inUserNamespace(open)))).toContain('other users can write to it');
  expect(succeed(await runtime(['--help'], inUserNamespace(open)))).toContain('tsrun');
});
