/** The process that becomes the server is made before `start` knows whether it is needed. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import {
  deleteCall,
  describe,
  encode,
  expect,
  gone,
  makeBundle,
  messages,
  namespace,
  newId,
  newPath,
  program,
  socketDirectory,
  startCall,
  startShim,
  test,
  until,
  useSockets,
} from '../harness/shim.js';

/** Processes with this id on their command line, which `start` and the process that it forks have in common. */
function processesOf(id: string): readonly number[] {
  const named = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(id);
    } catch {
      return false; // It has ended.
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && named(name))
    .map(Number);
}

describe('start', () => {
  test('of a container whose group has a server makes no process', async () => {
    const group = newId();
    const annotations = { 'io.kubernetes.cri.sandbox-id': group };
    const inGroup = () => makeBundle({ config: (config) => (config.annotations = annotations) });
    const sandbox = { id: group, bundle: inGroup() };
    const { path, pid } = await startShim(sandbox);
    const member = { id: newId(), bundle: inGroup() };
    expect((await startCall(member)).stdout).toContain(path);
    expect(processesOf(member.id)).toEqual([]);
    // Here it has made one, because the group is the container's own.
    expect((await startCall(sandbox)).stdout).toContain(path);
    expect(processesOf(group)).toEqual([pid]);
  });

  test('of a container whose group has no server yet starts one', async () => {
    const annotations = { 'io.containerd.runc.v2.group': newId() };
    const member = { id: newId(), bundle: makeBundle({ config: (config) => (config.annotations = annotations) }) };
    const { pid } = await startShim(member);
    expect(processesOf(member.id)).toEqual([pid]);
  });

  test('fifty at once of one group make one server', async () => {
    const group = newId();
    const annotations = { 'io.kubernetes.cri.sandbox-id': group };
    const members = [group, ...Array.from({ length: 49 }, newId)].map((id) => ({
      id,
      bundle: makeBundle({ config: (config) => (config.annotations = annotations) }),
    }));
    const answers = await Promise.all(members.map(startCall));
    expect([...new Set(answers.map(({ code, stdout, stderr }) => JSON.stringify([code, stdout, stderr])))]).toHaveLength(1);
    // Connects, and ends it after the test.
    const { pid } = await startShim({ id: group, bundle: members[0]?.bundle ?? makeBundle() });
    await until('one process', () => members.flatMap(({ id }) => processesOf(id)).length === 1);
    expect(members.flatMap(({ id }) => processesOf(id))).toEqual([pid]);
  });

  test('with a directory of sockets whose names would be too long is refused', async () => {
    const id = newId();
    const directory = newPath(`.${'d'.repeat(107)}`).slice(0, 43);
    const { code, stdout, stderr } = await useSockets(directory, () => startCall({ id, bundle: makeBundle() }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the path of a socket has at most 107 bytes, so the directory of sockets at most 42\n');
    await until('nothing runs', () => processesOf(id).length === 0);
  });

  test('that is refused leaves no process', async () => {
    const id = newId();
    const startOptions = { type_url: 'containerd.runc.v1.Options', value: Uint8Array.of(0x0a) };
    expect(await startCall({ id: `${id}/..`, bundle: makeBundle(), startOptions })).toMatchObject({ code: 1, stdout: '' });
    await until('nothing runs', () => processesOf(`${id}/..`).length === 0);
  });

  test.each(['fifo', 'socket', 'directory', 'link to a terminal'])(
    'with a %s in the place of the configuration is refused',
    async (kind) => {
      const id = newId();
      const bundle = makeBundle();
      const path = `${bundle.directory}/config.json`;
      rmSync(path);
      if (kind === 'fifo') execFileSync('mkfifo', [path]);
      else if (kind === 'socket') execFileSync('python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind('${path}')`]);
      else if (kind === 'directory') mkdirSync(path);
      else symlinkSync('/dev/ptmx', path);
      const { code, stdout, stderr } = await startCall({ id, bundle });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/read "config.json": (must be a regular file, found a (fifo|socket|character)|is a directory \(EISDIR\))\n$/);
      await until('nothing runs', () => processesOf(id).length === 0);
    },
  );

  test('whose prepared process has been killed makes another one', async () => {
    const id = newId();
    const words = ['-namespace', namespace, '-id', id, '-address', '/a', 'start'];
    const bundle = makeBundle();
    const call = spawn(program, words, { cwd: bundle.directory, stdio: ['pipe', 'ignore', 'ignore'] });
    await until('both processes run', () => processesOf(id).length === 2);
    const [prepared = 0] = processesOf(id).filter((pid) => pid !== call.pid);
    process.kill(prepared, 'SIGKILL');
    await gone(prepared);
    const ended = new Promise((resolve) => call.once('exit', resolve));
    call.stdin.end(encode(messages.bootstrapParams, { instance_id: id, namespace, socket_dir: socketDirectory() }));
    expect(await ended).toBe(0);
    // `start` finds the server that listens.
    const { pid } = await startShim({ id, bundle });
    expect(processesOf(id)).toEqual([pid]);
  });

  test('and delete do not wait for what was put in the place of their files', async () => {
    const options = { id: newId(), bundle: makeBundle() };
    await startShim(options);
    for (const name of ['address', 'tsrun-root']) {
      rmSync(`${options.bundle.directory}/${name}`, { force: true });
      execFileSync('mkfifo', [`${options.bundle.directory}/${name}`]);
      const { code, stderr } = await deleteCall(options);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('must be a regular file, found a fifo') });
      rmSync(`${options.bundle.directory}/${name}`);
    }
  });

  test('that is killed leaves no process', async () => {
    const id = newId();
    // It reads the options.
    const call = spawn(program, ['-namespace', 'x', '-id', id, '-address', '/a', 'start'], { cwd: makeBundle().directory, stdio: 'pipe' });
    await until('both processes run', () => processesOf(id).length === 2);
    call.kill('SIGKILL');
    await until('nothing runs', () => processesOf(id).length === 0);
  });
});
