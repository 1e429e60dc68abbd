/** The process that becomes the server is made before `start` knows whether it is needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { describe, expect, makeBundle, newId, newPath, program, startCall, startShim, test, until, useSockets } from '../harness/shim.js';

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

  test('that is killed leaves no process', async () => {
    const id = newId();
    // It reads the options.
    const call = spawn(program, ['-namespace', 'x', '-id', id, '-address', '/a', 'start'], { cwd: makeBundle().directory, stdio: 'pipe' });
    await until('both processes run', () => processesOf(id).length === 2);
    call.kill('SIGKILL');
    await until('nothing runs', () => processesOf(id).length === 0);
  });
});
