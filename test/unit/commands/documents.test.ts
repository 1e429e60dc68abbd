import { describe, expect, test } from 'vitest';
import type { HostOptions } from '../machine/host.js';
import { commandHost as emptyHost, silent } from './host.js';

/** A host whose bundle and working directory have the program of the container. */
function commandHost(options: HostOptions = {}) {
  return emptyHost({ ...options, files: { '/bundle/rootfs/bin/sh': '', '/work/rootfs/bin/sh': '', '/new/rootfs/bin/sh': '' } });
}

describe('check', () => {
  test('of a good bundle finds nothing and exits with 0', async () => {
    const { tsrun, left } = commandHost();
    expect(await tsrun('check', '--bundle', '/bundle')).toEqual({ code: 0, stdout: 'no errors, no warnings\n', stderr: '' });
    expect((await tsrun('check', '-b', '/bundle', '--format', 'json')).stdout).toBe('[]\n');
    expect(left()).toEqual([]);
  });

  test('lists every error with its place and remedy, and exits with 1', async () => {
    const { tsrun } = commandHost({ config: { process: { cwd: 'relative', capabilities: { bounding: ['CAP_NOTHING'] } } } });
    const { code, stdout, stderr } = await tsrun('check', '-b', '/bundle');
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^error: \/process\/cwd: .+\n {2}remedy: .+$/m);
    expect(stdout).toMatch(/^warning: \/process\/capabilities\/bounding\/0: .+\n {2}remedy: .+$/m);
    expect(stdout).toMatch(/\n1 error, 1 warning\n$/);
  });

  test('prints the same as JSON', async () => {
    const { tsrun } = commandHost({ config: { process: { cwd: 'relative' } } });
    const { code, stdout } = await tsrun('check', '-b', '/bundle', '--format=json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ severity: 'error', pointer: '/process/cwd', found: '"relative"' }]);
  });

  test('a warning alone is no failure', async () => {
    const { tsrun } = commandHost({ config: { process: { capabilities: { bounding: ['CAP_NOTHING'] } } } });
    expect(await tsrun('check', '-b', '/bundle')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no errors, 1 warning') as string,
    });
  });

  test('reads the bundle of the working directory, or another config file', async () => {
    const { tsrun, machine, file } = commandHost();
    machine.tree.plant('/work/config.json', file('/bundle/config.json'));
    machine.tree.plant('/work/bad.json', '{}');
    expect(await tsrun('check')).toMatchObject({ code: 0 });
    expect(await tsrun('check', '--bundle', '../work/.', '--config', '/work/bad.json')).toMatchObject({ code: 1 });
  });

  test('of a bundle that is not there fails', async () => {
    const { tsrun } = commandHost();
    expect((await tsrun('check', '-b', '/absent')).code).toBe(1);
  });
});

describe('plan', () => {
  test('prints one operation a line, and changes nothing', async () => {
    const { tsrun, machine, left } = commandHost();
    const { code, stdout, stderr } = await tsrun('plan', '--bundle', '/bundle');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^.*mount.*"?\/proc"?/m);
    expect(stdout.endsWith('\n\n')).toBe(false);
    expect(machine.inits).toEqual([]);
    expect(left()).toEqual([]);
  });

  test('prints JSON, which has the same operations', async () => {
    const { tsrun } = commandHost();
    const { stdout } = await tsrun('plan', '-b', '/bundle', '--format', 'json', 'web');
    const { operations } = JSON.parse(stdout) as { operations: { operation: string }[] };
    expect(operations.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['mount', 'pivotRoot', 'execute']));
  });

  test('has no pivot_root with --no-pivot, and names a config that is refused', async () => {
    const { tsrun } = commandHost({ config: { process: { cwd: 'relative' } } });
    const { code, stdout, stderr } = await tsrun('plan', '-b', '/bundle');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('/process/cwd');
    const other = commandHost();
    expect((await other.tsrun('plan', '-b', '/bundle', '--no-pivot', '--format=json')).stdout).not.toContain('pivotRoot');
  });
});

describe('features', () => {
  test('prints the document of the specification, with what the kernel supports', async () => {
    const { tsrun, machine } = commandHost();
    const { code, stdout } = await tsrun('features');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ociVersionMin: '1.0.0', linux: { cgroup: { v1: false, v2: true } } });
    Object.assign(machine.sys, { knowsSeccompFlags: ({ flags }: { flags: number }) => (flags & 32) === 0 });
    const { linux } = JSON.parse((await tsrun('features')).stdout) as { linux: { seccomp: Record<string, readonly string[]> } };
    expect(linux.seccomp['knownFlags']).toContain('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV');
    expect(linux.seccomp['supportedFlags']).not.toContain('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV');
    expect(linux.seccomp['supportedFlags']).toContain('SECCOMP_FILTER_FLAG_LOG');
  });
});

describe('spec', () => {
  test('writes a config.json that check accepts, and overwrites nothing', async () => {
    const { tsrun, file } = commandHost();
    expect(await tsrun('spec', '--bundle', '/new')).toEqual(silent);
    expect(JSON.parse(file('/new/config.json'))).toMatchObject({ process: { args: ['sh'] } });
    expect(await tsrun('spec', '--bundle', '/new')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('File config.json exists. Remove it first') as string,
    });
    expect(await tsrun('spec', '--bundle', '/absent')).toMatchObject({ code: 1 });
    expect((await tsrun('check', '--bundle', '/new')).stdout).toContain('no errors');
  });
});

describe('ps', () => {
  async function running(options: Parameters<typeof commandHost>[0] = {}) {
    const host = commandHost(options);
    await host.tsrun('run', '-d', '-b', '/bundle', 'web');
    const { pid } = JSON.parse((await host.tsrun('state', 'web')).stdout) as { pid: number };
    return { ...host, pid };
  }

  test('prints the lines of ps that are of the container', async () => {
    const output = (pid: number) => `UID PID CMD\nroot 1 init\nroot ${pid} sh\nroot ${pid}1 other\n`;
    const { pid } = await running();
    const { tsrun } = await running({ programs: { '/usr/bin/ps': { code: 0, stdout: output(pid) } } });
    expect(await tsrun('ps', 'web')).toEqual({ code: 0, stdout: `UID PID CMD\nroot ${pid} sh\n`, stderr: '' });
  });

  test('prints process ids as JSON without ps', async () => {
    const { tsrun, pid } = await running({ environment: ['PATH=/nowhere'] });
    expect(await tsrun('ps', '--format', 'json', 'web')).toEqual({ code: 0, stdout: `[${pid}]\n`, stderr: '' });
    expect(await tsrun('ps', 'web')).toMatchObject({
      code: 1,
      stderr: 'tsrun: run "ps": executable file not found in $PATH (hint: install ps (package procps), or use --format json)\n',
    });
  });

  test('fails if ps does, and leaves nothing of it', async () => {
    const { tsrun, machine } = await running({ programs: { '/usr/bin/ps': { code: 1 } } });
    const before = machine.processes.all.size;
    expect(await tsrun('ps', 'web', '--nonsense')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('run "ps": exit status 1') as string,
    });
    expect(machine.processes.all.size).toBe(before);
  });
});
