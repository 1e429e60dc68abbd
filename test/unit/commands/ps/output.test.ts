import { expect, test } from 'vitest';
import { selectProcesses } from '../../../../src/commands/ps/output.js';

const output = `UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0 10:03 ?        00:00:05 /sbin/init
root         210       1  0 10:03 ?        00:00:00 sh -c 42
root          42     210  0 10:03 ?        00:00:00 sleep 210
`;

test("prints the heading and the container's processes", () => {
  expect(selectProcesses({ output, pids: [42] })).toBe(
    'UID          PID    PPID  C STIME TTY          TIME CMD\nroot          42     210  0 10:03 ?        00:00:00 sleep 210',
  );
});

test('prints only the heading without processes', () => {
  expect(selectProcesses({ output, pids: [] }).split('\n')).toHaveLength(1);
});

test('fails if ps printed no process ids', () => {
  expect(() => selectProcesses({ output: 'CMD\nsh\n', pids: [1] })).toThrow('has no column PID');
});
