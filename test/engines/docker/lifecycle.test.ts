/** The rows about containers that run in the background. */
import { writeFileSync } from 'node:fs';
import {
  created,
  describe,
  docker,
  exit,
  expect,
  image,
  inspect,
  newDirectory,
  newPath,
  running,
  runInside,
  socket,
  startDocker,
  succeed,
  test,
  until,
} from '../harness/docker.js';

const state = (id: string): Promise<string> => inspect(id, '{{.State.Status}}');
const becomes = (id: string, format: string, value: string) =>
  until(`${format} is ${value}`, async () => (await inspect(id, format)) === value);

describe('a container in the background', () => {
  test('run -d, ps, stop, start, rm', async () => {
    const id = await running();
    expect(await succeed(docker(['ps', '--quiet', '--no-trunc']))).toBe(id);
    await succeed(docker(['stop', id]));
    expect(await state(id)).toBe('exited');
    await succeed(docker(['start', id]));
    expect(await state(id)).toBe('running');
    expect((await docker(['rm', id])).code).not.toBe(0);
    await succeed(docker(['rm', '--force', id]));
    expect(await succeed(docker(['ps', '--all', '--quiet']))).toBe('');
  });

  test('create, start -a', async () => {
    const id = await created(['sh', '-c', 'echo started; exit 3']);
    expect((await exit(docker(['start', '--attach', id]), 3)).stdout).toBe('started\n');
  });

  test('exec: output, exit codes, user, environment, terminal, in the background', async () => {
    const id = await running();
    expect(await succeed(docker(['exec', '--user=7', '--env=A=b', '--workdir=/tmp', id, 'sh', '-c', 'id -u; echo $A; pwd']))).toBe(
      '7\nb\n/tmp',
    );
    await exit(docker(['exec', id, 'sh', '-c', 'exit 9']), 9);
    // The exit code is that of dockerd 20.10: 126 for every program that does not start.
    expect((await docker(['exec', id, 'no-such-program'])).stdout).toContain('executable file not found in $PATH');
    await exit(docker(['exec', id, '/etc/plain']), 126);
    expect(await succeed(docker(['exec', '--interactive', id, 'cat'], { input: 'typed\n' }))).toBe('typed');
    await succeed(docker(['exec', '--detach', id, 'touch', '/tmp/done']));
    await until('it is done', async () => (await docker(['exec', id, 'ls', '/tmp/done'])).code === 0);
  });

  test('logs, attach', async () => {
    const id = await running(['sh', '-c', 'echo out; echo err >&2; read line; echo end $line'], ['--interactive']);
    await until('both are there', async () => {
      const { stdout, stderr } = await docker(['logs', id]);
      return stdout === 'out\n' && stderr === 'err\n';
    });
    // dockerd lets go of the output as soon as the client's input ends, so it does not end.
    const attached = startDocker(['attach', id], { interactive: true });
    attached.child.stdin?.write('x\n');
    expect(await succeed(attached.done)).toBe('end x');
  });

  test('wait, kill -s', async () => {
    const id = await running(['sh', '-c', 'trap "exit 5" USR1; echo ready; while :; do sleep 0.05; done']);
    const waiting = docker(['wait', id]);
    await until('it expects the signal', async () => (await docker(['logs', id])).stdout === 'ready\n');
    await succeed(docker(['kill', '--signal=USR1', id]));
    expect(await succeed(waiting)).toBe('5');
  });

  test('cp, diff, export', async () => {
    const id = await running();
    const file = newPath();
    writeFileSync(file, 'copied\n');
    await succeed(docker(['cp', file, `${id}:/tmp/file`]));
    expect(await succeed(docker(['exec', id, 'cat', '/tmp/file']))).toBe('copied');
    expect((await succeed(docker(['diff', id]))).split('\n')).toContain('A /tmp/file');
    expect(await succeed(runInside(['sh', '-c', `/usr/bin/docker -H unix://${socket} export ${id} | tar -xO tmp/file`]))).toBe('copied');
  });

  test('pause, unpause', async () => {
    const id = await running();
    await succeed(docker(['pause', id]));
    expect(await state(id)).toBe('paused');
    await succeed(docker(['unpause', id]));
    expect(await state(id)).toBe('running');
  });

  test('top, stats', async () => {
    const id = await running();
    expect(await succeed(docker(['top', id]))).toContain('sleep 1000');
    expect(await succeed(docker(['stats', '--no-stream', '--format={{.Container}}', id]))).toBe(id);
  });

  test('update --restart', async () => {
    const id = await running();
    await succeed(docker(['update', '--restart=always', id]));
    expect(await inspect(id, '{{.HostConfig.RestartPolicy.Name}}')).toBe('always');
  });

  test('restart', async () => {
    const id = await running();
    const pid = await inspect(id, '{{.State.Pid}}');
    await succeed(docker(['restart', id]));
    expect(await inspect(id, '{{.State.Pid}}')).not.toBe(pid);
  });

  test('--restart on-failure', async () => {
    const id = await running(['sh', '-c', 'echo again; exit 1'], ['--restart=on-failure:2']);
    await becomes(id, '{{.RestartCount}} {{.State.Status}}', '2 exited');
    expect(await succeed(docker(['logs', id]))).toBe('again\nagain\nagain');
  });

  test('healthcheck', async () => {
    const health = ['--health-cmd=test ! -e /tmp/ill', '--health-interval=200ms', '--health-retries=1'];
    const id = await running(undefined, health);
    await becomes(id, '{{.State.Health.Status}}', 'healthy');
    await succeed(docker(['exec', id, 'touch', '/tmp/ill']));
    await becomes(id, '{{.State.Health.Status}}', 'unhealthy');
  });

  test('rename, inspect, events', async () => {
    // What happens before it is connected is shown, too.
    const since = `--since=${(Date.now() / 1000).toFixed(3)}`;
    const events = startDocker(['events', since, '--format={{.Action}}', '--filter=type=container']);
    events.done.catch(() => undefined);
    const id = await running();
    await succeed(docker(['rename', id, 'other']));
    expect(await inspect('other', '{{.Id}}')).toBe(id);
    await succeed(docker(['rm', '--force', id]));
    await until('the last event', () => events.output().includes('destroy'));
    expect(events.output().trim().split('\n')).toEqual(['create', 'start', 'rename', 'kill', 'die', 'destroy']);
    events.child.kill('SIGKILL');
  });
});

describe('volumes', () => {
  test('outlive their containers', async () => {
    await succeed(docker(['volume', 'create', 'kept']));
    const use = (script: string) => succeed(docker(['run', '--rm', '--network=none', '--volume=kept:/data', image, 'sh', '-c', script]));
    await use('echo stored > /data/file');
    expect(await use('cat /data/file')).toBe('stored');
  });

  test('-v: a directory of the host, also read-only', async () => {
    const directory = newDirectory();
    writeFileSync(`${directory}/file`, 'of the host\n');
    const script = 'cat /data/file; touch /data/new 2> /dev/null || echo read-only';
    expect(await succeed(docker(['run', '--rm', '--network=none', `--volume=${directory}:/data:ro`, image, 'sh', '-c', script]))).toBe(
      'of the host\nread-only',
    );
  });
});

test('the REST API over the UNIX socket', async () => {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const data = body === undefined ? [] : ['--header', 'Content-Type: application/json', '--data', JSON.stringify(body)];
    const text = await succeed(
      runInside(['curl', '--silent', '--fail-with-body', '--unix-socket', socket, '--request', method, ...data, `http://d/v1.41${path}`]),
    );
    return text === '' ? null : JSON.parse(text);
  };
  const { Id } = (await call('POST', '/containers/create?name=rest', {
    Image: image,
    Cmd: ['sh', '-c', 'exit 6'],
    HostConfig: { NetworkMode: 'none' },
  })) as { readonly Id: string };
  await call('POST', `/containers/${Id}/start`);
  expect(await call('POST', `/containers/${Id}/wait`)).toMatchObject({ StatusCode: 6 });
  expect(await call('GET', `/containers/${Id}/json`)).toMatchObject({ Name: '/rest', State: { ExitCode: 6 } });
  await call('DELETE', `/containers/${Id}`);
});
