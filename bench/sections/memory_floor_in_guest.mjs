import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

const repository = join(import.meta.dirname, '../..');
const emulator = '/usr/bin/qemu-system-x86_64';

/** Runs `memory_floor_guest.mjs` in the machine of `test/vm/`, whose kernel has the memory controller on cgroup v2. */
export async function memoryFloorInGuest({ title, subjects, setting, progress, stopping }) {
  if (process.arch !== 'x64' || !existsSync(emulator)) {
    return {
      title,
      rows: [],
      unavailable: 'the memory controller is not on cgroup v2 here, and there is no emulator (scripts/vm-setup.sh installs it)',
    };
  }
  const commands = subjects.filter(({ kind }) => kind === 'command').map(({ name }) => name);
  const answer = join(setting.directory, 'guest');
  mkdirSync(answer);
  progress('memory-floor', 0, 1);
  const peers = process.env.TSRUN_PEERS_ROOT;
  const variables = peers === undefined ? [] : [`TSRUN_PEERS_ROOT=${peers}`];
  const program = [
    process.execPath,
    join(repository, 'bench/memory_floor_guest.mjs'),
    answer,
    dirname(setting.programs.runner),
    commands.join(','),
  ];
  const guest = spawn(join(repository, 'test/vm/vm-run'), ['-w', answer, '--', 'env', ...variables, ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C is meant for the benchmark, which then stops the machine.
    detached: true,
    // One processor: each can hold up to 64 charged pages in advance, so with more of them it would be chance whether a limit is reached.
    env: { ...process.env, VM_SMP: '1', VM_TIMEOUT: '600' },
  });
  const stop = () => guest.kill('SIGTERM');
  stopping.addEventListener('abort', stop);
  const ended = new Promise((resolve, reject) => guest.on('error', reject).on('exit', resolve));
  const [said, status] = await Promise.all([text(guest.stderr), ended]);
  stopping.removeEventListener('abort', stop);
  if (stopping.aborted) return { title, rows: [], unavailable: 'stopped' };
  if (status !== 0) return { title, rows: [], unavailable: `the emulated machine ended with ${status}: ${said.trim().split('\n').at(-1)}` };
  const { machine, versions, rows } = JSON.parse(readFileSync(join(answer, 'answer.json'), 'utf8'));
  return { title: `${title} (in an emulated machine, Linux ${machine.kernel}, one processor)`, machine, versions, rows };
}
