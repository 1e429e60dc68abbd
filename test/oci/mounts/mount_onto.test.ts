import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { can, describe, expect, fail, makeBundle, newDirectory, run, test, type Config, type Mount } from '../harness/index.js';

const inUserNamespace = (config: Config): void => {
  config.linux.namespaces.push({ type: 'user' });
  config.linux.uidMappings = config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65_536 }];
};

// Docker prints advice if it finds the words "not a directory", and exits with 127.
describe.each([
  ['', (): void => undefined],
  [' in a user namespace', inUserNamespace],
])('a mount%s', (_where, change) => {
  const host = newDirectory();
  chownSync(host, 0, 0);
  mkdirSync(`${host}/directory`);
  writeFileSync(`${host}/file`, '');

  test.each<[string, Mount]>([
    ['of a directory on a file', { destination: '/file', type: 'bind', source: `${host}/directory`, options: ['bind'] }],
    ['of a file on a directory', { destination: '/directory', type: 'bind', source: `${host}/file`, options: ['bind'] }],
    ['of a file system on a file', { destination: '/file', type: 'tmpfs', source: 'tmpfs' }],
  ])('%s says that it is not a directory', async (_what, mount) => {
    const bundle = makeBundle({ args: ['true'], config: (config) => (config.mounts.push(mount), change(config)) });
    mkdirSync(`${bundle.rootfs}/directory`);
    writeFileSync(`${bundle.rootfs}/file`, '');
    const error = fail(await run(bundle));
    expect(error).toMatch(/not a directory/);
    if (can.tsrun) expect(error).toMatch(/hint: a directory can only be mounted on a directory/);
  });
});
