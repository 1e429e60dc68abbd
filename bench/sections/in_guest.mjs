import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

const repository = join(import.meta.dirname, '../..');
const emulator = '/usr/bin/qemu-system-x86_64';

/** Whether this machine can emulate that of `test/vm/`; otherwise why not. */
export const noGuest = process.arch === 'x64' && existsSync(emulator) ? null : 'there is no emulator (scripts/vm-setup.sh installs it)';

/**
 * Runs a program of the benchmark in the machine of `test/vm/`, whose kernel has every controller on cgroup v2: `program DIRECTORY PROGRAMS
 * NAMES ...args`. It writes DIRECTORY/answer.json.
 * @returns {Promise<{answer: object} | {unavailable: string}>}
 */
export async function inGuest({ name, program, args = [], options = [], environment, subjects, setting, progress, stopping }) {
  const commands = subjects.filter(({ kind }) => kind === 'command').map((subject) => subject.name);
  const answer = join(setting.directory, `guest-${name}`);
  mkdirSync(answer);
  progress(name, 0, 1);
  const peers = process.env.TSRUN_PEERS_ROOT;
  const variables = peers === undefined ? [] : [`TSRUN_PEERS_ROOT=${peers}`];
  const called = [
    process.execPath,
    join(repository, 'bench', program),
    answer,
    dirname(setting.programs.runner),
    commands.join(','),
    ...args,
  ];
  const guest = spawn(join(repository, 'test/vm/vm-run'), [...options, '-w', answer, '--', 'env', ...variables, ...called], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C is meant for the benchmark, which then stops the machine.
    detached: true,
    env: { VM_TIMEOUT: '600', ...process.env, ...environment },
  });
  const stop = () => guest.kill('SIGTERM');
  stopping.addEventListener('abort', stop);
  const ended = new Promise((resolve, reject) => guest.on('error', reject).on('exit', resolve));
  const [said, status] = await Promise.all([text(guest.stderr), ended]);
  stopping.removeEventListener('abort', stop);
  if (stopping.aborted) return { unavailable: 'stopped' };
  if (status !== 0) return { unavailable: `the emulated machine ended with ${status}: ${said.trim().split('\n').at(-1)}` };
  return { answer: JSON.parse(readFileSync(join(answer, 'answer.json'), 'utf8')) };
}
