import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/probe/finding.js';
import { namespaceFlags } from '../../../../src/spec/names/namespaces.js';
import type { HostOptions } from '../../machine/host.js';
import { fail } from '../../machine/kernel/tree.js';
import type { Sys } from '../../../../src/sys/contract.js';
import { commandHost } from '../host.js';

/** A machine in memory; the kernel has this file in every cgroup. */
const hostWith = (options: HostOptions = {}): ReturnType<typeof commandHost> =>
  commandHost({ ...options, files: { '/sys/fs/cgroup/cgroup.procs': '', ...options.files } });

interface Report {
  readonly code: number;
  readonly able: boolean;
  readonly of: (name: string) => Finding;
}

/** `tsrun check --host` on a machine in memory, of which nothing must change. */
async function report(options: HostOptions = {}, change: (sys: Sys) => Partial<Sys> = () => ({})): Promise<Report> {
  const { machine, tsrun, left } = hostWith(options);
  Object.assign(machine.sys, change({ ...machine.sys }));
  const { code, stdout, stderr } = await tsrun('check', '--host', '--format', 'json');
  expect(stderr).toBe('');
  expect(left()).toEqual([]);
  const { able, findings } = JSON.parse(stdout) as { readonly able: boolean; readonly findings: readonly Finding[] };
  for (const { name, standing, remedy } of findings) expect([name, remedy !== undefined]).toEqual([name, standing !== 'available']);
  return {
    code,
    able,
    of: (name) => findings.find((finding) => finding.name === name) ?? expect.fail(`no finding "${name}" in ${stdout}`),
  };
}

const release = (text: string): Partial<Sys> => ({ uname: () => ({ release: text, machine: 'x86_64', hostname: '', domainname: '' }) });

describe('check --host', () => {
  test('prints a line for each thing, its remedy below, and what follows', async () => {
    const { tsrun, left } = hostWith();
    const { code, stdout, stderr } = await tsrun('check', '--host');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^available: mounts: procfs: with and without a user namespace$/m);
    expect(stdout).toMatch(/^missing: security: AppArmor: not enabled\n {2}remedy: .+$/m);
    expect(stdout).toMatch(/\ncontainers can run on this host\n$/);
    expect(left()).toEqual([]);
  });

  test('a namespace that only a user namespace allows is limited', async () => {
    const { code, of } = await report({}, ({ spawn }) => ({
      spawn: (o) => (o.cloneFlags === namespaceFlags.pid ? fail('EPERM', 'clone3', 'tsrun-init') : spawn(o)),
    }));
    expect([code, of('pid').standing, of('mount').standing]).toEqual([0, 'limited', 'available']);
    expect(of('pid').remedy).toContain('user namespace');
  });

  test('without new namespaces at all, no container can run', async () => {
    const spawn: Sys['spawn'] = (o) => (o.cloneFlags === 0 ? fail('ENOMEM', 'clone3', 'x') : fail('ENOSPC', 'clone3', 'tsrun-init'));
    const { code, able, of } = await report({}, () => ({ spawn }));
    expect([code, able]).toEqual([1, false]);
    expect(of('pid')).toMatchObject({ standing: 'missing', needed: true, remedy: expect.stringContaining('max_*_namespaces') as string });
    expect(of('execution of tsrun-init')).toMatchObject({ standing: 'missing', needed: true });
  });

  test('where a new procfs is refused, a bound one is the remedy, and what covers /proc is listed', async () => {
    const { code, of } = await report({
      script: (operation) => (operation.op === 'mount' && operation.type === 'proc' ? 'fail' : undefined),
      files: { '/proc/self/mountinfo': '25 1 0:22 / / rw - ext4 /dev/root rw\n30 25 0:5 / /proc/a\\040b ro - tmpfs tmpfs ro\n' },
    });
    expect(code).toBe(0);
    expect(of('procfs')).toMatchObject({ standing: 'limited', remedy: expect.stringContaining('bind /proc') as string });
    expect(of('mounts that cover parts of /proc')).toMatchObject({ standing: 'limited', found: '/proc/a b' });
  });

  test('where not even that is possible, no container can run', async () => {
    const { code, of } = await report({ script: ({ op }) => (op === 'rootfs' ? 'fail' : undefined) });
    expect(code).toBe(1);
    expect(of('procfs')).toMatchObject({ standing: 'missing', needed: true });
  });

  test('a tsrun-init that is killed is a missing thing, and no hang', async () => {
    const { of } = await report({ script: ({ op }) => (op === 'overlay' ? 'die' : undefined) });
    expect(of('overlay')).toMatchObject({ standing: 'missing', remedy: expect.stringContaining('seccomp') as string });
  });

  test.each([
    ['unprivileged_userns_clone', '0', 'sysctl kernel.unprivileged_userns_clone=1'],
    ['apparmor_restrict_unprivileged_userns', '1', 'AppArmor profile'],
  ])('kernel.%s is named with its remedy', async (name, value, remedy) => {
    const { of } = await report({ files: { [`/proc/sys/kernel/${name}`]: `${value}\n` } });
    const finding = of('user namespaces of users without privileges');
    expect(finding.standing).toBe('limited');
    expect(finding.found).toContain(name);
    expect(finding.remedy).toContain(remedy);
  });

  const refusesUsers =
    (code: string) =>
    ({ spawn }: Sys): Partial<Sys> => ({
      spawn: (o) => ((o.cloneFlags & namespaceFlags.user) !== 0 ? fail(code, 'clone3', 'tsrun-init') : spawn(o)),
    });

  test('the AppArmor profile of tsrun that forbids user namespaces is named with what it lacks, wherever one was tried', async () => {
    const { of } = await report({ files: { '/proc/self/attr/apparmor/current': 'narrow (enforce)\n' } }, refusesUsers('EACCES'));
    expect(of('user namespaces of users without privileges')).toMatchObject({
      standing: 'limited',
      found: 'the AppArmor profile "narrow", which confines tsrun, forbids user namespaces',
      remedy: expect.stringContaining('add "userns," to this profile') as string,
    });
    for (const name of ['procfs', 'sysfs']) expect(of(name).remedy).toContain('"userns,"');
  });

  test('no user namespaces at all, by user.max_user_namespaces, is named with its remedy', async () => {
    const { of } = await report({ files: { '/proc/sys/user/max_user_namespaces': '0\n' } }, refusesUsers('ENOSPC'));
    expect(of('user namespaces of users without privileges')).toMatchObject({
      standing: 'limited',
      remedy: 'sysctl user.max_user_namespaces=10000',
    });
    expect(of('procfs').remedy).toContain('user.max_user_namespaces is 0');
  });

  test('user namespaces that fail for another reason are missing', async () => {
    const { of } = await report({}, refusesUsers('EPERM'));
    expect(of('user namespaces of users without privileges')).toMatchObject({
      standing: 'missing',
      remedy: expect.stringContaining('seccomp') as string,
    });
  });

  test('a security module that forbids tsrun-init is named with what its profile lacks', async () => {
    const { code, of } = await report({}, () => ({ spawn: () => fail('EACCES', 'execveat', 'tsrun-init') }));
    expect([code, of('execution of tsrun-init').remedy]).toEqual([1, expect.stringContaining('attach_disconnected')]);
  });

  test.each([
    ['5.4.0', 1, 'missing', ''],
    ['5.10.0-1-amd64', 0, 'limited', 'cgroup.kill'],
    ['6.1.0', 0, 'limited', 'tmpfs (6.3)'],
    ['7.0.1', 0, 'available', ''],
  ])('Linux %s is compared with what tsrun uses', async (text, code, standing, found) => {
    const result = await report({}, () => release(text));
    expect([result.code, result.of('version').standing]).toEqual([code, standing]);
    expect(result.of('version').found).toContain(found);
  });

  test.each([
    ['7.1.9', 'not used: they are copies of the host, as before Linux 7.2'],
    ['7.2.0-1-amd64', 'used'],
  ])('says whether mount namespaces begin empty on Linux %s', async (text, found) => {
    const { of } = await report({}, () => release(text));
    expect(of('mount namespaces without the mounts of the host')).toMatchObject({ standing: 'available', found });
  });

  test('vm.memfd_noexec=2 is no obstacle', async () => {
    const { of } = await report({ files: { '/proc/sys/vm/memfd_noexec': '2\n' } });
    expect(of('execution of tsrun-init')).toMatchObject({ standing: 'available', found: expect.stringContaining('overlay') as string });
  });

  test.each([
    ['ro', 'read-only'],
    ['rw', '--systemd-cgroup'],
  ])('a cgroup hierarchy (%s) that cannot be written is missing', async (option, words) => {
    const mountinfo = `25 1 0:22 / / rw - ext4 /dev/root rw\n30 25 0:5 / /sys/fs/cgroup ${option},nosuid - cgroup2 cgroup2 rw\n`;
    const { of } = await report({ files: { '/proc/self/mountinfo': mountinfo } }, ({ access }) => ({
      access: (o) => (o.mode & 2) === 0 && access(o),
    }));
    const { standing, found, remedy } = of('write access');
    expect(standing).toBe('missing');
    expect(`${found}; ${remedy ?? ''}`).toContain(words);
  });

  test('without cgroup v2 no container can run', async () => {
    const { code, of } = await report({}, () => ({ filesystemType: () => 0 }));
    expect([code, of('cgroup v2').standing]).toEqual([1, 'missing']);
  });

  test('a user without privileges needs newuidmap and a range of ids', async () => {
    const ids = (): ReturnType<Sys['ids']> => ({ pid: 77, uid: 1000, euid: 1000, egid: 1000, secure: false });
    const bare = await report({}, () => ({ ids }));
    expect(bare.of('newuidmap')).toMatchObject({ standing: 'missing', remedy: expect.stringContaining('uidmap') as string });
    const files = {
      '/etc/passwd': 'alice:x:1000:1000::/:/bin/sh\n',
      '/usr/bin/newuidmap': '',
      '/usr/bin/newgidmap': '',
      '/etc/subgid': '1000:1:1',
    };
    const half = await report({ files: { ...files, '/etc/subuid': 'bob:1:1' }, environment: ['PATH=/usr/bin'] }, () => ({
      ids,
      attribute: () => '',
    }));
    expect(half.of('newuidmap').remedy).toContain('--add-subuids');
    expect(half.of('newgidmap')).toMatchObject({ standing: 'available', found: '/usr/bin/newgidmap; /etc/subgid: 1000:1:1' });
  });

  test('missing capabilities are named with what they are for', async () => {
    const { of } = await report({ files: { '/proc/self/status': 'CapEff:\t000001fffeffffff\nSeccomp:\t2\nNoNewPrivs:\t1\n' } });
    expect(of('capabilities').found).toMatch(/^without CAP_SYS_RESOURCE \([^)]+\)$/);
    expect(of('filter around tsrun').standing).toBe('limited');
    expect(of('set-user-id programs').standing).toBe('limited');
  });
});
