import { chmodSync, copyFileSync } from 'node:fs';
import { can, cgroup2Mount, describe, expect, newDirectory, runtime, runtimeCommand, scratch, start, test } from '../harness/index.js';

type Options = NonNullable<Parameters<typeof runtime>[1]>;

interface Finding {
  readonly name: string;
  readonly standing: string;
  readonly found: string;
  readonly remedy?: string;
}

interface Report {
  readonly code: number;
  readonly able: boolean;
  readonly of: (name: string) => Finding;
}

async function report(options: Options = {}): Promise<Report> {
  const { code, stdout, stderr } = await runtime(['check', '--host', '--format', 'json'], options);
  expect(stderr).toBe('');
  const { able, findings } = JSON.parse(stdout) as { readonly able: boolean; readonly findings: readonly Finding[] };
  expect(code).toBe(able ? 0 : 1);
  const of = (name: string): Finding => findings.find((finding) => finding.name === name) ?? expect.fail(`no finding "${name}"`);
  return { code, able, of };
}

/** Runs the runtime after a shell script, in new namespaces of its own: the host is not changed. */
const after = (script: string, ...flags: readonly string[]): Options => ({
  wrapper: ['unshare', ...flags, 'sh', '-e', '-c', `${script}; exec "$@"`, 'sh'],
});

describe.runIf(can.tsrun)('check --host', () => {
  test('finds that containers can run where the tests run them', async () => {
    const { able, of } = await report();
    expect(able).toBe(true);
    for (const name of ['pid', 'mount', 'network', 'user', 'procfs', 'pivot_root', 'write access'])
      expect(of(name)).toMatchObject({ standing: 'available' });
  });

  test('prints the same for people', async () => {
    const { code, stdout } = await runtime(['check', '--host']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^available: namespaces: pid: limit \d+$/m);
    expect(stdout).toMatch(/\ncontainers can run on this host\n$/);
  });

  test('below a masked /proc, a new procfs in a user namespace is what is missing', async () => {
    const { able, of } = await report(after('mount -t tmpfs -o ro none /proc/fs', '--mount'));
    expect(able).toBe(true);
    expect(of('procfs')).toMatchObject({ standing: 'limited', found: expect.stringContaining('not in a user namespace') as string });
    expect(of('mounts that cover parts of /proc')).toMatchObject({ standing: 'limited', found: '/proc/fs' });
  });

  test('a limit of namespaces that is reached is named', async () => {
    const { able, of } = await report(after('echo 0 >/proc/sys/user/max_pid_namespaces', '--user', '--map-root-user'));
    expect(able).toBe(false);
    expect(of('pid')).toMatchObject({ standing: 'missing', remedy: expect.stringContaining('user.max_*_namespaces') as string });
    expect(of('uts')).toMatchObject({ standing: 'available' });
  });

  test('a read-only cgroup hierarchy is named', async () => {
    const { of } = await report(after(`mount -o remount,bind,ro ${String(cgroup2Mount)}`, '--mount'));
    expect(of('write access')).toMatchObject({ standing: 'missing', found: expect.stringContaining('read-only') as string });
  });

  test('without capabilities, it says which are missing, and that no container can run', async () => {
    const { able, of } = await report({ wrapper: ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] });
    expect(able).toBe(false);
    expect(of('capabilities').found).toContain('CAP_SYS_ADMIN');
    expect(of('execution of tsrun-init').standing).toBe('available');
  });

  // Node.js has its addon in a directory that other users may not be able to search.
  test.runIf(runtimeCommand.length === 1)('works for a user without privileges', async () => {
    const [program] = runtimeCommand as [string];
    const directory = newDirectory();
    for (const path of [scratch, directory]) chmodSync(path, 0o755);
    const copy = `${directory}/tsrun`;
    copyFileSync(program, copy);
    const line = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups', copy, 'check', '--host', '--format=json'];
    const { code, stdout, stderr } = await start(line).done;
    expect(stderr).toBe('');
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
    expect([0, 1]).toContain(code);
    expect(findings.find(({ name }) => name === 'user')?.found).toContain('12345');
    expect(findings.find(({ name }) => name === 'uts')?.standing).not.toBe('available');
  });
});
