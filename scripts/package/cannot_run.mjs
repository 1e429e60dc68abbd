import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Numbers of e_machine in elf(5). */
const machines = new Map([
  [62, 'x86-64'],
  [183, 'arm64'],
]);

/** Why `emulator` cannot run the ELF file `program` on this machine; undefined if it can. */
export function cannotRun(emulator, program) {
  // The exit status does not tell, because emulators and the shell have statuses of their own. Without a shell, execve(2) itself fails.
  const { status, error, stderr } = spawnSync(emulator, [program], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (error !== undefined) return `TSRUN_EMULATOR=${emulator}: ${error.message}`;
  if (status !== 126 && !/(syntax error|exec format error|invalid elf image)/i.test(stderr)) return undefined;
  const machine = readFileSync(program).readUInt16LE(18);
  return (
    `${program} is for ${machines.get(machine) ?? `machine ${machine} of elf(5)`} and does not run here, which the build needs: ` +
    `set TSRUN_EMULATOR to an emulator of it (qemu-aarch64-static), or register one with binfmt_misc`
  );
}
