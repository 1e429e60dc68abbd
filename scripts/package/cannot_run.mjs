import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, readdirSync } from 'node:fs';

/** Numbers of e_machine in elf(5). */
const machines = new Map([
  [62, 'x86-64'],
  [183, 'arm64'],
]);

/** Where the kernel shows the interpreters that it starts for files of other machines. */
const registered = '/proc/sys/fs/binfmt_misc';

/** Why `emulator`, or this machine itself if that is `env`, cannot run the ELF file `program`; undefined if it can. */
export function cannotRun(emulator, program) {
  const header = beginning(program);
  const machine = header.readUInt16LE(18);
  if (emulator === 'env') {
    // Do not try to execute it: after ENOEXEC, execvp(3) lets a shell interpret the file as a script, which may write files.
    if (machine === beginning('/proc/self/exe').readUInt16LE(18) || isRegistered(header)) return undefined;
  } else {
    // The exit status does not tell, because emulators have statuses of their own.
    const { status, error, stderr } = spawnSync(emulator, [program], { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    if (error !== undefined) return `TSRUN_EMULATOR=${emulator}: ${error.message}`;
    if (status !== 126 && !/(syntax error|exec format error|invalid elf image)/i.test(stderr)) return undefined;
  }
  return (
    `${program} is for ${machines.get(machine) ?? `machine ${machine} of elf(5)`} and does not run here, which the build needs: ` +
    `set TSRUN_EMULATOR to an emulator of it (qemu-aarch64-static), or register one with binfmt_misc`
  );
}

/** The bytes by which the kernel decides what to do with a file. */
function beginning(path) {
  const bytes = Buffer.alloc(256);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes);
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** Whether the kernel has an interpreter for a file that begins so (binfmt-misc.rst of the kernel's documentation). */
function isRegistered(header) {
  let names;
  try {
    names = readdirSync(registered).filter((name) => name !== 'register' && name !== 'status');
  } catch {
    return false; // It is not mounted.
  }
  return names.some((name) => matches(readFileSync(`${registered}/${name}`, 'utf8'), header));
}

function matches(description, header) {
  const word = (key) => new RegExp(`^${key} (\\w+)$`, 'm').exec(description)?.[1];
  const magic = Buffer.from(word('magic') ?? '', 'hex');
  const mask = Buffer.from(word('mask') ?? 'ff'.repeat(magic.length), 'hex');
  const offset = Number(word('offset') ?? 0);
  return (
    description.startsWith('enabled\n') &&
    magic.length > 0 &&
    magic.every((byte, i) => (((header[offset + i] ?? 0) ^ byte) & mask[i]) === 0)
  );
}
