import { copyFileSync, existsSync, readdirSync, rmdirSync, symlinkSync } from 'node:fs';
import {
  afterTest,
  can,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newDirectory,
  newPath,
  program,
  run,
  runtime,
  start,
  startRuntime,
  stateOf,
  stateRoot,
  succeed,
  test,
  until,
  untilStatus,
  newId,
  type Bundle,
  type Config,
} from '../harness/index.js';

interface Supervisor {
  readonly env: { readonly NOTIFY_SOCKET: string };
  /** Every datagram so far. */
  heard(): readonly string[];
  hears(datagram: string): Promise<unknown>;
}

/** A process that listens as systemd does. */
async function supervisor(): Promise<Supervisor> {
  const socket = newPath('.sock');
  const started = start([program('supervisor'), socket]);
  afterTest(() => {
    started.child.kill('SIGKILL');
    return started.done.catch(() => undefined);
  });
  await until('the supervisor listens', () => existsSync(socket));
  // The line break at the end of a datagram may be missing (sd_notify(3)).
  const heard = (): readonly string[] =>
    started
      .output()
      .split('\n')
      .slice(0, -1)
      .map((datagram) => datagram.replace(/\|$/, ''));
  return { env: { NOTIFY_SOCKET: socket }, heard, hears: (datagram) => until(datagram, () => heard().includes(datagram)) };
}

/** A bundle whose script can call `notify MESSAGE...`. */
function service(script: string, config?: (config: Config) => void): Bundle {
  const bundle = makeBundle({ script, ...(config === undefined ? {} : { config }) });
  copyFileSync(program('notify'), `${bundle.rootfs}/bin/notify`);
  return bundle;
}

/**
 * Expects the messages of a service that says READY=1. They are complete when the runtime returns, because it waits until they are read.
 */
async function expectReady(host: Supervisor, pid: number): Promise<void> {
  const main = can.notifyMainProcess ? [`MAINPID=${pid}`] : [];
  if (!can.notifyBarrier) await host.hears(main[0] ?? 'READY=1');
  expect(host.heard()).toEqual(['READY=1', ...main, ...(can.notifyBarrier ? ['BARRIER=1 +fd'] : [])]);
}

describe('create and start with NOTIFY_SOCKET', () => {
  test('start forwards READY=1, adds the process, and waits until it is read', async () => {
    const host = await supervisor();
    const container = await created({ bundle: service('notify READY=1; sleep 1000'), call: { env: host.env } });
    succeed(await runtime(['start', container.id], { env: host.env }));
    await expectReady(host, (await stateOf(container.id)).pid);
  });

  test.runIf(can.tsrun)("start creates no socket if a symlink leads out of the container's directory", async () => {
    const host = await supervisor();
    const { id } = await created({ bundle: service('sleep 1000'), call: { env: host.env } });
    const elsewhere = newDirectory();
    rmdirSync(`${stateRoot}/${id}/notify`);
    symlinkSync(elsewhere, `${stateRoot}/${id}/notify`);
    expect(fail(await runtime(['start', id], { env: host.env }))).toContain('bind notify socket');
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test.runIf(can.tsrun)('create mounts no other directory of that name into the container', async () => {
    const host = await supervisor();
    const id = newId();
    // The state root is in the container's root, where an earlier mount covers the directory.
    const bundle = service('ls /run/notify', ({ mounts }) =>
      mounts.push({ destination: `/state/${id}/notify`, type: 'tmpfs', source: 'tmpfs' }),
    );
    const root = `${bundle.rootfs}/state`;
    const refused = await runtime(['create', '--bundle', bundle.directory, id], { env: host.env, root });
    expect(fail(refused)).toContain('stale file handle');
    expect(readdirSync(root)).toEqual([]);
  });

  test('start returns only when the container is ready', async () => {
    const host = await supervisor();
    const container = await created({
      bundle: service(
        'while [ ! -e /tmp/go ]; do sleep 0.02; done; notify READY=1; sleep 1000',
        (config) => void (config.root.readonly = false),
      ),
      call: { env: host.env },
    });
    const starting = startRuntime(['start', container.id], { env: host.env });
    await untilStatus(container.id, 'running');
    expect(starting.child.exitCode).toBe(null);
    expect(host.heard()).toEqual([]);
    copyFileSync('/dev/null', `${container.bundle.rootfs}/tmp/go`);
    succeed(await starting.done);
  });

  test('start returns if the container ends without a message', async () => {
    const host = await supervisor();
    const container = await created({ bundle: service('exit 3'), call: { env: host.env } });
    succeed(await runtime(['start', container.id], { env: host.env }));
    expect(host.heard()).toEqual([]);
  });

  test.runIf(can.tsrun)('messages before READY=1 are forwarded, except those that would change the unit', async () => {
    const host = await supervisor();
    const script = 'notify "STATUS=warming up" MAINPID=1 FDSTORE=1 "$(printf "NOTIFYACCESS=all\\nSTATUS=wärmer\\nREADY=1")"; sleep 1000';
    const container = await created({ bundle: service(script), call: { env: host.env } });
    succeed(await runtime(['start', container.id], { env: host.env }));
    expect(host.heard().slice(0, 2)).toEqual(['STATUS=warming up', 'STATUS=wärmer|READY=1']);
  });

  test('a container that start waits for can be killed and deleted', async () => {
    const host = await supervisor();
    const container = await created({ bundle: service('sleep 1000'), call: { env: host.env } });
    const starting = startRuntime(['start', container.id], { env: host.env });
    await untilStatus(container.id, 'running');
    succeed(await runtime(['delete', '--force', container.id]));
    succeed(await starting.done);
  });

  test('without NOTIFY_SOCKET the container has none', async () => {
    expect(succeed(await run(service('echo "<$NOTIFY_SOCKET>"; ls -d /run/notify 2>&1 || true')))).toMatch(/^<>\n.*No such file/);
  });
});

describe('the notify socket in the container', () => {
  test.runIf(can.runcCommand)('is named by the environment, in its own read-only mount', async () => {
    const host = await supervisor();
    const id = newId();
    const bundle = service(
      'echo $NOTIFY_SOCKET; ls -l $NOTIFY_SOCKET | cut -c1; awk \'$5 == "/run/notify" {print $6}\' /proc/self/mountinfo; notify READY=1',
    );
    const outcome = await run(bundle, { id, env: host.env });
    const [path, kind, options] = succeed(outcome).split('\n');
    expect([path, kind]).toEqual(['/run/notify/notify.sock', 's']);
    expect(options?.split(',')).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']));
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
  });

  test.runIf(can.notifyFromUsers)('can be reached by users other than root', async () => {
    const host = await supervisor();
    const bundle = service('notify READY=1; sleep 1000', (config) => void (config.process.user = { uid: 1000, gid: 1000 }));
    const container = await created({ bundle, call: { env: host.env } });
    succeed(await runtime(['start', container.id], { env: host.env }));
    await expectReady(host, (await stateOf(container.id)).pid);
  });
});

describe('run with NOTIFY_SOCKET', () => {
  test('--detach waits for READY=1, as start does', async () => {
    const host = await supervisor();
    const id = newId();
    succeed(await run(service('notify READY=1; sleep 1000'), { id, flags: ['--detach'], env: host.env }));
    await expectReady(host, (await stateOf(id)).pid);
  });

  test.runIf(can.tsrun)('in the foreground forwards everything until the end, with tsrun as the main process', async () => {
    const host = await supervisor();
    const script = 'notify STATUS=one READY=1 BARRIER=1 MAINPID=7 STATUS=two; sleep 0.1; notify STOPPING=1';
    const started = startRuntime(['run', '--bundle', service(script).directory, newId()], { env: host.env });
    succeed(await started.done);
    // The supervisor may read the last message after that.
    await host.hears('STOPPING=1');
    expect(host.heard()).toEqual([`MAINPID=${started.pid}`, 'STATUS=one', 'READY=1', 'STATUS=two', 'STOPPING=1']);
  });

  test.runIf(can.tsrun)('in the foreground forwards signals even if the container is never ready', async () => {
    const host = await supervisor();
    const started = startRuntime(
      ['run', '--bundle', service('trap "exit 9" TERM; notify STATUS=waiting; while :; do sleep 0.02; done').directory, newId()],
      { env: host.env },
    );
    await host.hears('STATUS=waiting');
    started.child.kill('SIGTERM');
    expect((await started.done).code).toBe(9);
  });

  test.runIf(can.tsrun)('fails and names the variable if the supervisor does not listen', async () => {
    const said = fail(await run(service('true'), { env: { NOTIFY_SOCKET: newPath('.sock') } }));
    expect(said).toContain('connect notify socket');
    expect(said).toContain('NOTIFY_SOCKET');
  });
});
