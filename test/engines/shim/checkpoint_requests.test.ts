/** What the shim asks of CRIU for a checkpoint and a restore: a program in its place records it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { recordingCriu, type RecordingCriu } from '../../programs/criu/recording.js';
import {
  afterTest,
  createTask,
  describe,
  encode,
  Events,
  expect,
  makeBundle,
  messages,
  newId,
  newPath,
  test,
  until,
  type Task,
} from '../harness/shim.js';

/** The shims of this test find the recording CRIU. */
function recorded(more: Readonly<Record<string, string>> = {}): RecordingCriu {
  const criu = recordingCriu();
  const all: Readonly<Record<string, string>> = { ...criu.env, ...more };
  const before = Object.fromEntries(Object.keys(all).map((name) => [name, process.env[name]] as const));
  Object.assign(process.env, all);
  afterTest(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
  return criu;
}

async function listening(): Promise<Events> {
  const events = new Events();
  await events.open();
  afterTest(() => events.close());
  return events;
}

const save = (task: Task, path: string, given: Parameters<typeof encode<typeof messages.checkpointOptions>>[1] = {}) =>
  task.client.call(
    'Checkpoint',
    messages.checkpointTaskRequest,
    {
      id: task.id,
      path,
      options: { type_url: 'containerd.runc.v1.CheckpointOptions', value: encode(messages.checkpointOptions, given) },
    },
    messages.empty,
  );

/** A directory that is an image, as tsrun saves it. */
function emptyImage({ image }: RecordingCriu): void {
  mkdirSync(image);
  writeFileSync(`${image}/tsrun.json`, JSON.stringify({ descriptors: ['pipe:[7]', '', ''], externalMounts: [] }));
}

describe('the shim', () => {
  test('saves a task, which continues, and tells so', async () => {
    const criu = recorded();
    const events = await listening();
    const task = await createTask({ id: newId(), bundle: makeBundle(), events });
    await task.start();
    await save(task, criu.image);
    expect(criu.options('dump')).toMatchObject({ leave_running: true, tcp_established: false, manage_cgroups_mode: 3 });
    expect((await task.state()).status).toBe(messages.taskStatus.running);
    await until('the event', () => events.topics(task.id).includes('checkpointed'));
    expect(events.received.at(-1)?.event).toEqual({ container_id: task.id, checkpoint: criu.image });
    expect(existsSync(`${task.bundle.directory}/criu`)).toBe(true);
  });

  test('passes every option on, and ends the task with exit', async () => {
    const criu = recorded();
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    const work = newPath('.work');
    await save(task, '', {
      exit: true,
      open_tcp: true,
      external_unix_sockets: true,
      terminal: true,
      file_locks: true,
      empty_namespaces: ['network'],
      cgroups_mode: 'ignore',
      image_path: criu.image,
      work_path: work,
    });
    expect(criu.options('dump')).toMatchObject({
      leave_running: false,
      tcp_established: true,
      ext_unix_sk: true,
      shell_job: true,
      file_locks: true,
      empty_ns: 0x40000000,
      manage_cgroups_mode: 0,
    });
    expect(existsSync(work)).toBe(true);
    expect((await task.wait()).exit_status).toBe(137);
    expect((await task.delete()).exit_status).toBe(137);
  });

  test('says why a checkpoint has failed; the task continues', async () => {
    const criu = recorded({ FAKE_CRIU_FAIL: 'no such thing' });
    const task = await createTask({ id: newId(), bundle: makeBundle() });
    await task.start();
    await expect(save(task, criu.image)).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(/^OCI runtime checkpoint failed: .*CRIU failed: no such thing/) as string,
    });
    await expect(save(task, '')).rejects.toMatchObject({
      message: expect.stringContaining('the path of the checkpoint is empty') as string,
    });
    expect((await task.state()).status).toBe(messages.taskStatus.running);
  });

  test('restores a task when it is started, and knows its end', async () => {
    const criu = recorded();
    emptyImage(criu);
    const events = await listening();
    const task = await createTask({ id: newId(), bundle: makeBundle(), events }, { checkpoint: criu.image });
    expect(await task.state()).toMatchObject({ pid: 0, status: messages.taskStatus.created });
    const pid = await task.start();
    expect(pid).toBeGreaterThan(0);
    expect(criu.options('restore')).toMatchObject({ rst_sibling: true, inherit_fd: [{ key: 'pipe:[7]', fd: 0 }] });
    expect(await task.state()).toMatchObject({ pid, status: messages.taskStatus.running });
    await task.kill(9);
    expect((await task.wait()).exit_status).toBe(137);
    expect(await task.delete()).toMatchObject({ pid, exit_status: 137 });
    await until('the events', () => events.topics(task.id).length === 4);
    expect(events.topics(task.id)).toEqual(['create', 'start', 'exit', 'delete']);
  });

  test('says why a restore has failed; the task can be deleted', async () => {
    const criu = recorded({ FAKE_CRIU_FAIL: 'no such thing' });
    emptyImage(criu);
    const task = await createTask({ id: newId(), bundle: makeBundle() }, { checkpoint: criu.image });
    await expect(task.start()).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(/^OCI runtime restore failed: .*CRIU failed: no such thing/) as string,
    });
    await task.delete();
    await expect(task.state()).rejects.toMatchObject({ code: 5 });
  });

  test('deletes a task of an image that was never restored', async () => {
    const criu = recorded();
    emptyImage(criu);
    const task = await createTask({ id: newId(), bundle: makeBundle() }, { checkpoint: criu.image });
    await task.delete();
    await expect(task.state()).rejects.toMatchObject({ code: 5 });
  });
});
