import { describe, expect, test, vi } from 'vitest';
import { text } from 'node:stream/consumers';
import type { ExecRequest } from '../../../src/library/container/exec_process.js';
import { libraryHost, refusal, untyped, type Host } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

/** A running container, in which a program ends when the test says so. */
async function running(options: Parameters<typeof libraryHost>[0] = {}) {
  const host = libraryHost(options);
  const container = await host.start();
  return { ...host, container };
}

/** How many processes there are, beside that of the container. */
const processes = ({ machine }: Pick<Host, 'machine'>): number => machine.inits.length - 1;

describe('exec', () => {
  test('executes another process, which is killed and waited for', async () => {
    const { container, left } = await running();
    const process = await container.exec(['sleep', '1000'], { stdio: 'ignore' });
    expect(process.pid).not.toBe(container.pid);
    expect([process.stdin, process.stdout, process.stderr]).toEqual([null, null, null]);
    process.kill('SIGUSR2');
    expect(await process.wait()).toEqual({ code: null, signal: 'SIGUSR2' });
    expect(await process.wait()).toEqual({ code: null, signal: 'SIGUSR2' });
    expect(container.state().status).toBe('running');
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('signals nobody when the process has ended', async () => {
    const { container, machine } = await running();
    const process = await container.exec(['true'], { stdio: 'ignore' });
    process.kill();
    await process.wait();
    const signal = vi.spyOn(machine.processes, 'signal');
    process.kill();
    expect(signal).not.toHaveBeenCalled();
    expect(await refusal(() => process.kill('SIGNOTHING'))).toMatchObject({ code: 'usage' });
  });

  test('its end is noticed though nobody waits, and it leaves no zombie', async () => {
    const { container, machine, left } = await running();
    const { pid } = await container.exec(['true'], { stdio: 'ignore' });
    machine.processes.end(machine.processes.find(pid), { code: 0, signal: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(machine.processes.all.has(pid)).toBe(false);
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('reads and writes by pipes', async () => {
    let executed = 0;
    const { container, left } = await running({
      program: (program) => {
        if (executed++ === 0) return;
        program.read((input) => {
          program.write(1, `read ${input}`);
          program.write(2, 'done');
          program.exit({ code: 4, signal: 0 });
        });
      },
    });
    const process = await container.exec(['cat'], { stdio: 'pipe' });
    process.stdin?.end('words');
    expect(process.stdout === null ? null : await text(process.stdout)).toBe('read words');
    expect(process.stderr === null ? null : await text(process.stderr)).toBe('done');
    expect(await process.wait()).toEqual({ code: 4, signal: null });
    await container.delete({ force: true });
    expect(await left()).toEqual([]);
  });

  test('the end of the process closes its standard input', async () => {
    const { container } = await running();
    const process = await container.exec(['sleep'], { stdio: ['pipe', 'ignore', 'ignore'] });
    process.kill();
    await process.wait();
    await new Promise((resolve) => setImmediate(resolve));
    expect(process.stdin?.destroyed).toBe(true);
  });

  test('is refused when the container is not there or has ended', async () => {
    const { container, left } = await running();
    await container.kill('KILL');
    expect(await refusal(() => container.exec(['ls'], { stdio: 'pipe' }))).toMatchObject({ code: 'not-running' });
    await container.delete();
    expect(await refusal(() => container.exec(['ls'], { stdio: 'pipe' }))).toMatchObject({ code: 'not-found' });
    expect(await left()).toEqual([]);
  });

  test('of a program that cannot be executed leaves no process and no stream', async () => {
    let executed = 0;
    const host = await running({
      script: (operation) => (operation.op === 'execute' && executed++ > 0 ? 'fail' : undefined),
    });
    expect(await refusal(() => host.container.exec(['absent'], { stdio: 'pipe' }))).toMatchObject({ code: 'executable' });
    expect(host.container.state().status).toBe('running');
    await host.container.delete({ force: true });
    expect(await host.left()).toEqual([]);
  });
});

describe('an AbortSignal of exec', () => {
  test('kills the process, and wait fails with its reason', async () => {
    const { container } = await running();
    const abort = new AbortController();
    const process = await container.exec(['sleep'], { stdio: 'ignore', signal: abort.signal });
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await refusal(() => process.wait())).toMatchObject({ code: 'aborted', message: 'the operation was aborted', cause: reason });
    expect(container.state().status).toBe('running');
  });

  test('that has aborted already: nothing is executed', async () => {
    const host = await running();
    expect(await refusal(() => host.container.exec(['ls'], { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    expect(processes(host)).toBe(0);
  });

  test('that aborts meanwhile kills the process as soon as there is one', async () => {
    const abort = new AbortController();
    let executed = 0;
    const { container } = await running({
      script: ({ op }) => {
        if (op === 'execute' && executed++ > 0) abort.abort();
        return undefined;
      },
    });
    const process = await container.exec(['sleep'], { stdio: 'ignore', signal: abort.signal });
    expect(await refusal(() => process.wait())).toMatchObject({ code: 'aborted' });
  });

  test('that aborts after the end changes nothing', async () => {
    const { container } = await running();
    const abort = new AbortController();
    const process = await container.exec(['true'], { stdio: 'ignore', signal: abort.signal });
    process.kill('TERM');
    await process.wait();
    abort.abort();
    expect(await process.wait()).toEqual({ code: null, signal: 'SIGTERM' });
  });
});

test.each<readonly [args: unknown, request: unknown, name: string]>([
  [['id'], { user: { uid: -1 } }, 'user.uid'],
  [['id'], { user: { uid: 4294967295 } }, 'user.uid'],
  [['id'], { user: { gid: 1 } }, 'user.uid'],
  [['id'], { user: 'nobody' }, 'user'],
  [['id'], { additionalGids: [0.5] }, 'additionalGids.0'],
  [['id'], { env: { A: '1' } }, 'env'],
  [['id'], { env: ['A=1\0B=2'] }, 'env.0'],
  [['id'], { cwd: 7 }, 'cwd'],
  [['id'], { capabilities: 'CAP_KILL' }, 'capabilities'],
  [['id'], { noNewPrivileges: 'yes' }, 'noNewPrivileges'],
  [['id'], { ignorePaused: 1 }, 'ignorePaused'],
  [['a\0b'], {}, '0'],
  ['id', {}, ''],
])('exec refuses %j with %j by the name of what is wrong, and executes nothing', async (args, request, name) => {
  const host = await running();
  const error = await refusal(() => host.container.exec(untyped<string[]>(args), { stdio: 'ignore', ...untyped<ExecRequest>(request) }));
  expect(error).toMatchObject({ code: 'usage', operation: 'exec', path: name });
  expect(error.message).toMatch(name === '' ? /^exec: the argument must be / : `exec: "${name}" must be `);
  expect(processes(host)).toBe(0);
});

test.each<readonly [args: readonly string[], request: ExecRequest]>([
  [[], {}],
  [[''], {}],
  [['id'], { env: ['NOEQ'] }],
  [['id'], { env: ['=x'] }],
  [['id'], { cwd: 'tmp' }],
])('exec refuses %j with %j as config.json would be', async (args, request) => {
  const host = await running();
  expect(await refusal(() => host.container.exec(args, { stdio: 'ignore', ...request }))).toMatchObject({ code: 'invalid-config' });
  expect(processes(host)).toBe(0);
});
