/** How little of the machine a shim needs. */
import { readFileSync } from 'node:fs';
import { createTask, describe, expect, makeBundle, messages, newId, pause, type Task, test, until } from '../harness/shim.js';

/** Kibibytes. */
const most = 3 << 10;

/** A number of /proc/PID/status. */
function numberOf(pid: number, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const switches = (pid: number): number => numberOf(pid, 'voluntary_ctxt_switches') + numberOf(pid, 'nonvoluntary_ctxt_switches');

async function containers(count: number): Promise<readonly Task[]> {
  const group = { 'io.containerd.runc.v2.group': newId() };
  const tasks: Task[] = [];
  for (let index = 0; index < count; index++) {
    const task = await createTask({ id: newId(), bundle: makeBundle({ config: (config) => (config.annotations = group) }) });
    await task.start();
    tasks.push(task);
  }
  return tasks;
}

describe('a shim', () => {
  test.each([1, 10])('with %i container(s) has at most three mebibytes when it is idle, and one thread', async (count) => {
    const [task] = await containers(count);
    const pid = task?.pid ?? 0;
    await until('the shim has rested', () => numberOf(pid, 'VmRSS') < most);
    expect(numberOf(pid, 'VmRSS')).toBeLessThan(most);
    expect(numberOf(pid, 'Threads')).toBe(1);
  });

  test('does not run while nothing happens', async () => {
    const [task] = await containers(2);
    if (task === undefined) throw new Error('no task');
    expect(await task.state()).toMatchObject({ status: messages.taskStatus.running });
    // It may still be at what the last request left to do.
    await until('two seconds in which it does not run', async () => {
      const before = switches(task.pid);
      await pause(2000);
      return switches(task.pid) === before;
    });
  });
});
