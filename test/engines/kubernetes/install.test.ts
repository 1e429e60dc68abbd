/** The installer for Kubernetes, on a scratch root; and what containerd makes of its file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { newDirectory, scratch } from '../../oci/harness/scratch.js';
import { runtimePath } from '../harness/runtime_path.js';

const script = new URL('../../../deploy/kubernetes/install.sh', import.meta.url).pathname;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function call(root: string, verb: string, environment: Readonly<Record<string, string>> = {}): Outcome {
  const env = { ...process.env, HOST: root, TSRUN: runtimePath, ...environment };
  const { status, stdout, stderr } = spawnSync('sh', [script, verb], { encoding: 'utf8', env });
  return { code: status, stdout, stderr };
}

/** A root with these files of engines. */
function host(files: Readonly<Record<string, string>>): string {
  const root = newDirectory();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(`${root}${file.slice(0, file.lastIndexOf('/'))}`, { recursive: true });
    writeFileSync(root + file, text);
  }
  return root;
}

/** Every file below a directory. */
const all = (root: string): readonly string[] =>
  execFileSync('find', ['.', '!', '-type', 'd'], { cwd: root, encoding: 'utf8' }).trim().split('\n').sort();

const config = '/etc/containerd/config.toml';
const version2 = (root: string): string => `version = 2\nimports = ["${root}/etc/containerd/conf.d/*.toml"]\n`;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the installer', () => {
  test('makes the runtime known to containerd, and removes everything again', () => {
    const root = host({ [config]: '' });
    writeFileSync(root + config, version2(root));
    const before = all(root);
    expect(call(root, 'install')).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('restart containerd') as string });
    expect(readlinkSync(`${root}/usr/local/bin/containerd-shim-tsrun-v2`)).toBe('tsrun');
    expect(readFileSync(`${root}/usr/local/bin/tsrun`).equals(readFileSync(runtimePath))).toBe(true);
    expect(readFileSync(root + config, 'utf8')).toBe(version2(root));
    const dumped = execFileSync('containerd', ['--config', root + config, 'config', 'dump'], { encoding: 'utf8' });
    expect(dumped).toMatch(/runtimes\.tsrun\]\n(\s+\w+ = .*\n)*\s+runtime_type = "io\.containerd\.tsrun\.v2"/);
    expect(dumped).toMatch(/runtimes\.tsrun\.options\]\n\s+SystemdCgroup = true\n/);
    expect(call(root, 'remove').code).toBe(0);
    expect(all(root)).toEqual(before);
  });

  test('has the version and the driver of the machine', () => {
    const root = host({ [config]: 'version = 3\n' });
    const { code, stdout } = call(root, 'install', { SYSTEMD_CGROUP: 'false' });
    expect([code, stdout]).toEqual([0, expect.stringContaining('imports = ["/etc/containerd/conf.d/*.toml"]')]);
    const text = readFileSync(`${root}/etc/containerd/conf.d/tsrun.toml`, 'utf8');
    expect(text).toMatch(/^version = 3$/m);
    expect(text).toContain('[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.tsrun]');
    expect(text).toContain('SystemdCgroup = false');
  });

  test('makes the runtime known to CRI-O', () => {
    const root = host({ '/etc/crio/crio.conf': '' });
    expect(call(root, 'install').code).toBe(0);
    expect(readFileSync(`${root}/etc/crio/crio.conf.d/tsrun.conf`, 'utf8')).toContain('runtime_path = "/usr/local/bin/tsrun"');
  });

  test('runs again, also over what was interrupted', () => {
    const root = host({ [config]: 'version = 2\n' });
    expect(call(root, 'install').code).toBe(0);
    const first = all(root);
    rmSync(`${root}/usr/local/bin/tsrun`);
    writeFileSync(`${root}/usr/local/bin/tsrun.new`, 'half');
    expect(call(root, 'install').code).toBe(0);
    expect(all(root)).toEqual(first);
  });

  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, RegExp]>([
    ['a tsrun that it has not installed', { [config]: '', '/usr/local/bin/tsrun': 'mine' }, {}, /tsrun exists, and not from here/],
    ['a machine without an engine', { '/etc/passwd': '' }, {}, /neither .*containerd nor .*crio exists/],
    ['an unknown version of the configuration', { [config]: 'version = 9\n' }, {}, /has version 9/],
    ['an unknown driver', { [config]: '' }, { SYSTEMD_CGROUP: 'yes' }, /neither true nor false: yes/],
    ['no executable', { [config]: '' }, { TSRUN: '/nonexistent' }, /\/nonexistent is missing/],
  ])('refuses %s, and changes nothing', (_name, files, environment, message) => {
    const root = host(files);
    const before = all(root);
    expect(call(root, 'install', environment)).toMatchObject({ code: 1, stderr: expect.stringMatching(message) as string });
    expect(all(root)).toEqual(before);
  });

  test('removes nothing that is not its own', () => {
    const root = host({ '/usr/local/bin/tsrun': 'mine' });
    expect(call(root, 'remove')).toMatchObject({ code: 0, stdout: 'nothing was installed from here\n' });
    expect(existsSync(`${root}/usr/local/bin/tsrun`)).toBe(true);
  });
});
