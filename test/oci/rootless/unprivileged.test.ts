import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { can, describe, expect, makeRootfs, runtimeCommand, test } from '../harness/index.js';

const nobody = 65534;
/** The user cannot reach the project's directory. */
let base = '';

beforeAll(() => {
  base = mkdtempSync('/tmp/tsrun-rootless-');
  chmodSync(base, 0o755);
  mkdirSync(`${base}/bundle`);
  makeRootfs(`${base}/bundle/rootfs`, { copy: true });
  mkdirSync(`${base}/runtime`, { mode: 0o700 });
  copyFileSync(runtimeCommand[0] as string, `${base}/tsrun`);
  chmodSync(`${base}/tsrun`, 0o755);
  spawnSync('chown', ['-R', `${nobody}:${nobody}`, `${base}/bundle`, `${base}/runtime`]);
  expect(tsrun('spec', '--rootless')).toMatchObject({ status: 0 });
});

afterAll(() => {
  for (const id of ['web']) tsrun('delete', '--force', id);
  rmSync(base, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a user without privileges, in the bundle, with nothing to inherit. */
function tsrun(...args: readonly string[]): Ended {
  const user = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'];
  const { status, stdout, stderr } = spawnSync('setpriv', [...user, `${base}/tsrun`, ...args], {
    cwd: `${base}/bundle`,
    env: { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: `${base}/runtime` },
    encoding: 'utf8',
    stdio: ['ignore', args[0] === 'create' ? 'ignore' : 'pipe', args[0] === 'create' ? 'ignore' : 'pipe'],
  });
  return { status, stdout, stderr };
}

interface Config {
  process: { args: string[]; terminal: boolean };
  mounts: { destination: string; type: string; source: string; options: string[] }[];
  linux: { namespaces: { type: string }[]; uidMappings: unknown[]; resources?: unknown };
}

/** The output of a run with the configuration of `spec --rootless`, changed. */
function runChanged(change: (config: Config) => void): Ended {
  const name = `${base}/bundle/changed.json`;
  rmSync(`${base}/bundle/template.json`, { force: true });
  tsrun('spec', '--rootless', '--file', 'template.json');
  const config = JSON.parse(spawnSync('cat', [`${base}/bundle/template.json`], { encoding: 'utf8' }).stdout) as Config;
  config.process.terminal = false;
  change(config);
  writeFileSync(name, JSON.stringify(config));
  return tsrun('run', '--config', 'changed.json', 'once');
}

describe.runIf(can.tsrun && runtimeCommand.length === 1)('a user without privileges', () => {
  test('runs the configuration of spec --rootless with the single id mapped and setgroups denied', () => {
    const ended = runChanged(({ process }) => (process.args = ['cat', '/proc/self/uid_map', '/proc/self/setgroups']));
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout.trim().split(/\s+/)).toEqual(['0', String(nobody), '1', 'deny']);
  });

  test('creates, starts, executes in, lists, and deletes a container whose state only the user can read', () => {
    expect(runChanged(({ process }) => (process.args = ['true']))).toMatchObject({ status: 0 });
    const config = JSON.parse(spawnSync('cat', [`${base}/bundle/changed.json`], { encoding: 'utf8' }).stdout) as Config;
    config.process.args = ['sleep', '300'];
    writeFileSync(`${base}/bundle/web.json`, JSON.stringify(config));
    expect(tsrun('create', '--config', 'web.json', 'web')).toMatchObject({ status: 0 });
    expect(tsrun('start', 'web')).toMatchObject({ status: 0, stderr: '' });
    expect(tsrun('exec', 'web', 'id', '-u')).toMatchObject({ status: 0, stdout: '0\n', stderr: '' });
    expect(tsrun('list', '--quiet').stdout).toBe('web\n');
    const open = spawnSync('find', [`${base}/runtime`, '-perm', '/077'], { encoding: 'utf8' }).stdout;
    expect(open).toBe('');
    expect(tsrun('delete', '--force', 'web')).toMatchObject({ status: 0, stderr: '' });
    expect(tsrun('list', '--quiet').stdout).toBe('');
  });

  test.each<readonly [string, (config: Config) => void, string]>([
    ['a limit', ({ linux }) => (linux.resources = { pids: { limit: 20 } }), 'limit "/linux/resources/pids/limit"'],
    [
      'no user namespace',
      ({ linux }) => (linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'user')),
      'must be run as root',
    ],
    ['gid=5 of devpts', ({ mounts }) => mounts.find(({ type }) => type === 'devpts')?.options.push('gid=5'), 'gid 5 of devpts'],
    [
      'sysfs without a network namespace',
      ({ mounts }) =>
        Object.assign(mounts.find(({ destination }) => destination === '/sys') ?? {}, { type: 'sysfs', source: 'sysfs', options: [] }),
      'bind /sys',
    ],
    ['ids that are not granted', ({ linux }) => (linux.uidMappings = [{ containerID: 0, hostID: 3_000_000_000, size: 10 }]), 'newuidmap'],
  ])('gets an error with the remedy for %s', (_, change, words) => {
    const ended = runChanged((config) => {
      config.process.args = ['true'];
      change(config);
    });
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toContain(words);
  });
});
