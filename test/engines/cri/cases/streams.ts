/** What is done through containerd's streaming server: exec, attach, ports. Logs that are opened again. */
import { renameSync } from 'node:fs';
import {
  call,
  describe,
  exitCodeOf,
  expect,
  inside,
  logOf,
  logs,
  messages,
  newPod,
  openChannels,
  running,
  test,
  theMachine,
  until,
  type Channels,
} from '../../harness/cri/engine.js';

const [input, output, errors, result, size] = [0, 1, 2, 3, 4];
type ExecRequest = Parameters<typeof call<typeof messages.execRequest, typeof messages.urlResponse>>[2];

async function exec(container_id: string, cmd: readonly string[], more: ExecRequest = {}): Promise<Channels> {
  const asked = { container_id, cmd, stdout: true, stderr: more.tty !== true, ...more };
  const { url } = await call('Exec', messages.execRequest, asked, messages.urlResponse);
  return openChannels(url);
}

/** Waits for the end of a process and returns what the server says of it. */
async function resultOf(channels: Channels): Promise<unknown> {
  const text = await until('the result', () => channels.read(result) || undefined);
  channels.close();
  return JSON.parse(text);
}

describe('exec', () => {
  test('passes output, standard error and the exit code on', async () => {
    const id = await running(await newPod());
    const channels = await exec(id, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(await resultOf(channels)).toMatchObject({ status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: '7' }] } });
    expect([channels.read(output), channels.read(errors)]).toEqual(['out\n', 'err\n']);
  });

  test('passes input on', async () => {
    const id = await running(await newPod());
    const channels = await exec(id, ['head', '-n', '1'], { stdin: true });
    channels.send(input, 'typed\n');
    expect(await resultOf(channels)).toMatchObject({ status: 'Success' });
    expect(channels.read(output)).toBe('typed\n');
  });

  test('with a terminal has the size that is asked for', async () => {
    const id = await running(await newPod());
    const channels = await exec(id, ['sh', '-c', 'tty; until stty size | grep 31; do sleep 0.05; done'], { stdin: true, tty: true });
    channels.send(size, JSON.stringify({ Width: 99, Height: 31 }));
    expect(await resultOf(channels)).toMatchObject({ status: 'Success' });
    expect(channels.read(output).replaceAll('\r', '')).toMatch(/^\/dev\/pts\/0\n[^]*31 99\n$/);
  });
});

describe('attach', () => {
  test('reaches the streams of a running container, more than once', async () => {
    const id = await running(await newPod(), ['cat'], { stdin: true, log_path: 'attached.log' });
    const attach = async (): Promise<Channels> => {
      const asked = { container_id: id, stdin: true, stdout: true, stderr: true };
      return openChannels((await call('Attach', messages.attachRequest, asked, messages.urlResponse)).url);
    };
    for (const text of ['first\n', 'second\n']) {
      const channels = await attach();
      channels.send(input, text);
      await until('it comes back', () => channels.read(output).includes(text));
      channels.close();
    }
    expect(logOf('attached.log')).toEqual(['stdout F first', 'stdout F second']);
  });

  test('ends a container that reads to the end, if it is told that one client is all', async () => {
    const id = await running(await newPod(), ['cat'], { stdin: true, stdin_once: true });
    const asked = { container_id: id, stdin: true, stdout: true, stderr: true };
    const channels = await openChannels((await call('Attach', messages.attachRequest, asked, messages.urlResponse)).url);
    channels.send(input, 'all\n');
    await until('it comes back', () => channels.read(output) === 'all\n');
    channels.close();
    expect(await exitCodeOf(id)).toBe(0);
  });

  test('reaches a terminal', async () => {
    const id = await running(await newPod(), ['sh', '-c', 'read line; tty; echo "got $line"; sleep 1000'], { stdin: true, tty: true });
    const asked = { container_id: id, stdin: true, stdout: true, tty: true };
    const channels = await openChannels((await call('Attach', messages.attachRequest, asked, messages.urlResponse)).url);
    channels.send(input, 'typed\n');
    await until('it is read', () => channels.read(output).includes('got typed'));
    expect(channels.read(output)).toContain('/dev/pts/0');
    channels.close();
  });
});

test('a port of a pod is forwarded, in both directions', async () => {
  const pod = await newPod();
  const id = await running(pod, ['sh', '-c', 'while :; do echo answer | nc -l -p 81 >> /asked; done']);
  const asked = { pod_sandbox_id: pod.id, port: Buffer.from([81]) };
  await until('the port is open and answers', async () => {
    // An address serves one connection.
    const { url } = await call('PortForward', messages.forwardRequest, asked, messages.urlResponse);
    const channels = await openChannels(url);
    channels.send(0, 'question\n');
    // The first two bytes of each channel are the port; then come data, or the error of a port that nobody listens at.
    await until('an answer', () => channels.read(0).length > 2 || channels.read(1).length > 2);
    await until(
      'the question has come',
      async () => channels.read(1).length > 2 || (await inside(id, 'cat /asked')).startsWith('question'),
    );
    channels.close();
    return channels.read(0).slice(2) === 'answer\n';
  });
});

test('a log that was renamed is opened again', async () => {
  const id = await running(await newPod(), ['sh', '-c', 'i=0; while :; do echo $((i += 1)); sleep 0.05; done'], { log_path: 'long.log' });
  const directory = theMachine().root + logs;
  await until('it writes', () => logOf('long.log').length > 2);
  renameSync(`${directory}/long.log`, `${directory}/old.log`);
  await call('ReopenContainerLog', messages.containerRequest, { container_id: id }, messages.empty);
  await until('it writes again', () => logOf('long.log').length > 2);
  const numbers = [...logOf('old.log'), ...logOf('long.log')].map((line) => Number(line.split(' ').at(-1)));
  expect(numbers).toEqual(numbers.map((_one, index) => index + 1));
});
