import { expect, test } from 'vitest';
import { listContainers } from '../../../../src/container/state/list.js';
import { bindFakeSys, systemError } from '../../fake_sys.js';

const root = '/run/tsrun';
const record = (id: string): string =>
  JSON.stringify({
    version: 1,
    ociVersion: '1.3.0',
    id,
    pid: 0,
    startTime: 0,
    bundle: '/b',
    rootfs: '/b/rootfs',
    created: '2026-01-01T00:00:00.000000000Z',
    owner: 'root',
    cgroup: null,
    cgroupParents: [],
    noNewKeyring: false,
    spec: { ociVersion: '1.3.0', root: { path: 'rootfs' } },
  });

function list(files: Readonly<Record<string, string>>, directories: readonly string[], refused: Readonly<Record<string, string>> = {}) {
  const openOwnDirectory = ({ path }: { readonly path: string }): number => {
    const errno = refused[path];
    if (errno !== undefined) throw systemError(errno, 'openat2', path);
    return fake.sys.open({ path, flags: 0 });
  };
  const fake = bindFakeSys({ files, directories, overrides: { openOwnDirectory } });
  const warnings: string[] = [];
  const states = listContainers({ root, warn: ({ code }, id) => warnings.push(`${id}: ${code}`) });
  return { ids: states.map(({ id }) => id), warnings, accesses: fake.calls.filter((call) => call.startsWith('access ')) };
}

test('reads each container without asking first whether it is one', () => {
  const { ids, warnings, accesses } = list({ [`${root}/b/state.json`]: record('b'), [`${root}/a/state.json`]: record('a') }, []);
  expect(ids).toEqual(['a', 'b']);
  expect(warnings).toEqual([]);
  expect(accesses).toEqual([]);
});

test('omits what has no record, and says so of a record that cannot be read', () => {
  const { ids, warnings } = list(
    {
      [`${root}/web/state.json`]: record('web'),
      [`${root}/file`]: '',
      [`${root}/foreign/state.json`]: '',
      [`${root}/damaged/state.json`]: '{',
    },
    [`${root}/being-made`, `${root}/others`],
    { [`${root}/file`]: 'ENOTDIR', [`${root}/others`]: 'EPERM', [`${root}/foreign`]: 'EPERM' },
  );
  expect(ids).toEqual(['web']);
  expect(warnings).toEqual(['damaged: state-damaged', 'foreign: permission']);
});
