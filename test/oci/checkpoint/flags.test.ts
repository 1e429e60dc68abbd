/** What each flag of checkpoint and restore asks of CRIU; the tables are complete, by the help texts. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { CriuOptions } from '../../../src/container/checkpoint/criu/messages.js';
import { recordingCriu, type RecordingCriu } from '../../programs/criu/recording.js';
import {
  can,
  describe,
  expect,
  makeBundle,
  newId,
  newPath,
  receivedPidfd,
  running,
  runtime,
  stateOf,
  succeed,
  test,
  until,
  type Bundle,
} from '../harness/index.js';

type Row = readonly [flag: string, value: string | null, expected: CriuOptions];

const emptyNetwork = 0x40000000;

const shared: readonly Row[] = [
  ['tcp-established', null, { tcp_established: true }],
  ['ext-unix-sk', null, { ext_unix_sk: true }],
  ['shell-job', null, { shell_job: true }],
  ['file-locks', null, { file_locks: true }],
  ['manage-cgroups-mode', 'soft', { manage_cgroups: true, manage_cgroups_mode: 3 }],
  ['manage-cgroups-mode', 'full', { manage_cgroups: true, manage_cgroups_mode: 4 }],
  ['manage-cgroups-mode', 'ignore', { manage_cgroups: true, manage_cgroups_mode: 0 }],
  ['empty-ns', 'network', { empty_ns: emptyNetwork }],
  ['auto-dedup', null, { auto_dedup: true }],
  ['lazy-pages', null, { lazy_pages: true }],
  ['network-lock', 'iptables', { network_lock: 1 }],
  ['network-lock', 'nftables', { network_lock: 2 }],
  ['network-lock', 'skip', { network_lock: 3 }],
];
const ofCheckpoint: readonly Row[] = [
  ...shared,
  ['manage-cgroups-mode', 'strict', { manage_cgroups: true, manage_cgroups_mode: 5 }],
  ['leave-running', null, { leave_running: true }],
  ['tcp-skip-in-flight', null, { tcp_skip_in_flight: true }],
  ['link-remap', null, { link_remap: true }],
  ['page-server', '10.0.0.1:80', { ps: { address: '10.0.0.1', port: 80 } }],
  ['page-server', '[fe80::1]:65535', { ps: { address: 'fe80::1', port: 65_535 } }],
];
const ofRestore: readonly Row[] = [
  ...shared,
  // tsrun has made the cgroup, which was not there.
  ['manage-cgroups-mode', 'strict', { manage_cgroups: true, manage_cgroups_mode: 4 }],
  ['tcp-close', null, { tcp_close: true }],
  ['lsm-profile', 'apparmor:one', { lsm_profile: 'apparmor:one' }],
  ['lsm-mount-context', 'two', { lsm_mount_context: 'two' }],
  ['no-pivot', null, { rst_sibling: true }],
];
/** Those that are not only a member of the request; the tests below, overlay.test.ts and requests.test.ts have them. */
const others = {
  checkpoint: ['image-path', 'work-path', 'parent-path', 'status-fd', 'pre-dump'],
  restore: [
    ...['bundle', 'config', 'console-socket', 'pidfd-socket', 'pid-file', 'overlay', 'image-path', 'work-path'],
    ...['detach', 'keep', 'no-subreaper'],
  ],
};

const wordOf = ([flag, value]: Row): string => (value === null ? `--${flag}` : `--${flag}=${value}`);
const named = (rows: readonly Row[]): (readonly [string, Row])[] => rows.map((row) => [wordOf(row), row]);

/** What the request is without the flag. */
const usual: CriuOptions = {
  ...{ leave_running: false, tcp_established: false, tcp_skip_in_flight: false, ext_unix_sk: false, shell_job: false, file_locks: false },
  ...{ link_remap: false, auto_dedup: false, lazy_pages: false, tcp_close: false, empty_ns: 0 },
};

/** A directory that is an image, as tsrun saves it. */
function withImage(): RecordingCriu {
  const criu = recordingCriu();
  mkdirSync(criu.image);
  writeFileSync(`${criu.image}/tsrun.json`, JSON.stringify({ descriptors: [], externalMounts: [] }));
  return criu;
}

async function restored({ env, image }: RecordingCriu, bundle: Bundle, ...flags: string[]): Promise<string> {
  const id = newId();
  succeed(await runtime(['restore', '--detach', '--image-path', image, '--bundle', bundle.directory, ...flags, id], { env }));
  return id;
}

describe.runIf(can.tsrun)('checkpoint', () => {
  test.each(named(ofCheckpoint))('%s', async (word, [, , expected]) => {
    const { env, image, options } = recordingCriu();
    const { id } = await running();
    succeed(await runtime(['checkpoint', '--image-path', image, word, id], { env }));
    const asked = options('dump');
    expect(asked).toMatchObject(expected);
    for (const [name, value] of Object.entries(usual))
      if (!(name in expected)) expect(asked[name as keyof CriuOptions] ?? value, name).toBe(value);
  });

  test('--status-fd gets a NUL byte when the page server is ready', async () => {
    const { env, image } = recordingCriu();
    const { id } = await running();
    const ready = newPath();
    const fd = openSync(ready, 'w');
    succeed(await runtime(['checkpoint', '--lazy-pages', '--status-fd', '3', '--image-path', image, id], { env, fds: [fd] }));
    closeSync(fd);
    expect(readFileSync(ready)).toEqual(Buffer.alloc(1));
  });
});

describe.runIf(can.tsrun)('restore', () => {
  test.each(named(ofRestore))('%s', async (word, [, , expected]) => {
    const criu = withImage();
    await restored(criu, makeBundle(), word);
    const asked = criu.options('restore');
    expect(asked).toMatchObject(expected);
    for (const [name, value] of Object.entries(usual))
      if (!(name in expected)) expect(asked[name as keyof CriuOptions] ?? value, name).toBe(value);
  });

  test('--work-path has the log', async () => {
    const criu = withImage();
    const work = newPath();
    await restored(criu, makeBundle(), '--work-path', work);
    expect(existsSync(work)).toBe(true);
    expect(criu.options('restore').work_dir_fd).not.toBe(criu.options('restore').images_dir_fd);
  });

  test('--config reads another file of the bundle', async () => {
    const bundle = makeBundle();
    writeFileSync(`${bundle.directory}/other.json`, JSON.stringify({ ...bundle.config, annotations: { mine: 'other' } }));
    const id = await restored(withImage(), bundle, '--config', 'other.json');
    expect((await stateOf(id)).annotations).toEqual({ mine: 'other' });
  });

  test('--pidfd-socket gets a pidfd', async () => {
    let id = '';
    const pid = await receivedPidfd(async (socket) => {
      id = await restored(withImage(), makeBundle(), '--pidfd-socket', socket);
    });
    expect(pid).toBe((await stateOf(id)).pid);
  });

  test('--keep leaves the container, and --no-subreaper changes nothing for it', async () => {
    const { env, image } = withImage();
    const bundle = makeBundle();
    const id = newId();
    const line = ['restore', '--keep', '--no-subreaper', '--image-path', image, '--bundle', bundle.directory, id];
    const waiting = runtime(line, { env });
    await until('it runs', async () => (await runtime(['state', id])).code === 0 && (await stateOf(id)).status === 'running');
    succeed(await runtime(['kill', id, 'KILL']));
    expect((await waiting).code).toBe(137);
    expect((await stateOf(id)).status).toBe('stopped');
  });
});

test.runIf(can.tsrun).each([
  ['checkpoint', ofCheckpoint],
  ['restore', ofRestore],
] as const)('the tables have every flag of %s', async (verb, rows) => {
  const help = succeed(await runtime([verb, '--help']));
  const flags = [...help.matchAll(/^ +(?:-\w, )?--([\w-]+)/gm)].map(([, name]) => name).filter((name) => name !== 'help');
  const known = new Set([...rows.map(([flag]) => flag), ...others[verb]]);
  expect([...new Set(flags)].sort()).toEqual([...known].sort());
});
