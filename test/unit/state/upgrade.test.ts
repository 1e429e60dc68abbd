import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCleanupRecord } from '../../../src/state/cleanup_record.js';
import { parseRecord } from '../../../src/state/parse_record.js';
import { openStore, readRecord } from '../../../src/state/store.js';
import { bindFakeSys } from '../fake_sys.js';

/** What each released version left in a container's directory; made by it, never edited. */
const releases = new URL('../../fixtures/records/', import.meta.url).pathname;
const versions = readdirSync(releases);
const record = JSON.parse(readFileSync(`${releases}0.1.0/state.json`, 'utf8')) as Readonly<Record<string, unknown>>;

describe.each(versions)('state written by tsrun %s', (version) => {
  const files = {
    '/r/web/state.json': readFileSync(`${releases}${version}/state.json`, 'utf8'),
    '/r/web/cgroup': readFileSync(`${releases}${version}/cgroup`, 'utf8'),
  };

  test('is readable', () => {
    bindFakeSys({ files });
    const { id, pid, startTime, bundle, cgroup, spec } = readRecord({ root: '/r', id: 'web' });
    expect({ id, bundle, cgroup }).toEqual({
      id: 'web',
      bundle: '/run/tsrun-fixture/b',
      cgroup: '/sys/fs/cgroup/unified/tsrun-fixture/a/web',
    });
    expect(pid).toBeGreaterThan(0);
    expect(startTime).toBeGreaterThan(0);
    expect(spec.process?.args).toEqual(['sleep', '1000']);
  });

  test('can be removed without its container record', () => {
    bindFakeSys({ files: { '/r/web/cgroup': files['/r/web/cgroup'] } });
    expect(readCleanupRecord(openStore({ root: '/r', id: 'web' }))).toMatchObject({
      cgroup: '/sys/fs/cgroup/unified/tsrun-fixture/a/web',
      parents: ['/sys/fs/cgroup/unified/tsrun-fixture', '/sys/fs/cgroup/unified/tsrun-fixture/a'],
    });
  });
});

describe('a record of another release', () => {
  test.each(['ociVersion', 'rootfs', 'created', 'owner', 'cgroup', 'cgroupParents', 'noNewKeyring', 'bootId', 'cgroupInode'])(
    'may lack %s',
    (name) => {
      const { [name]: _, ...rest } = record;
      const read = parseRecord(JSON.stringify(rest));
      expect(read).toMatchObject({ id: 'web', pid: record['pid'] });
      if (name === 'rootfs') expect(read).toMatchObject({ rootfs: '/run/tsrun-fixture/b/rootfs' });
      if (name === 'cgroup') expect(read).toMatchObject({ cgroup: null });
    },
  );

  test('may have unknown fields', () => {
    expect(parseRecord(JSON.stringify({ ...record, checkpoint: { count: 1 } }))).toMatchObject({ id: 'web' });
  });

  test.each(['version', 'id', 'pid', 'startTime', 'bundle', 'spec'])('must have %s', (name) => {
    const { [name]: _, ...rest } = record;
    expect(parseRecord(JSON.stringify(rest))).toBe(`field "${name}" is missing or wrong`);
  });

  test('that rounded integers is read with the most probable values', () => {
    const process = { rlimits: [{ type: 'RLIMIT_FSIZE', soft: 2 ** 63, hard: 2 ** 64 }], user: { uid: 1.5 } };
    const spec = { ...(record['spec'] as object), process };
    expect(parseRecord(JSON.stringify({ ...record, spec }))).toMatchObject({
      spec: { process: { rlimits: [{ soft: 9223372036854775807n, hard: 18446744073709551615n }], user: { uid: 1.5 } } },
    });
  });

  test('of another major version names that version', () => {
    expect(parseRecord(JSON.stringify({ ...record, version: 2, spec: [] }))).toBe('it has version 2, this tsrun reads version 1');
  });
});
