import { RuntimeError } from '../../../errors/runtime_error.js';
import { sys } from '../../../sys/call.js';
import type { CriuUse } from './failure.js';

/** It has all that is asked of it: external pid namespaces, profiles of security modules, the choice of how the network is locked. */
export const neededVersion = '3.16';
const needed = 31_600;

/** Searched after PATH, because some engines run with a short PATH. */
const places = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The path of CRIU. */
export function findCriu(use: CriuUse): string {
  const { secure, euid } = sys().ids();
  if (euid !== 0 || secure)
    throw new RuntimeError(`${use.phase} container "${use.id}": CRIU needs root`, {
      code: 'permission',
      phase: use.phase,
      operation: 'criu',
      errno: 'EPERM',
      hint: 'run tsrun as root of the host',
    });
  const path = findProgram('criu');
  if (path === null) throw unfit(use, 'criu is not installed');
  return path;
}

/** The path of a program that CRIU is, or uses; null if it is not installed. For root only: see {@link findCriu}. */
export function findProgram(name: string): string | null {
  const named = (sys().variable({ name: 'PATH' }) ?? '').split(':').filter((directory) => directory.startsWith('/'));
  for (const directory of [...named, ...places]) {
    const path = `${directory}/${name}`;
    if (sys().access({ path, mode: 1 }) && sys().status({ path, follow: true })?.kind === 'file') return path;
  }
  return null;
}

/** Refuses a CRIU that is too old, or too old to say. */
export function checkVersion(
  use: CriuUse,
  version: { readonly major_number?: number; readonly minor_number?: number; readonly sublevel?: number } | undefined,
): void {
  const { major_number: major = 0, minor_number: minor = 0, sublevel = 0 } = version ?? {};
  if (major * 10_000 + minor * 100 + sublevel >= needed) return;
  throw unfit(use, version === undefined ? 'this one does not tell its version' : `this one is ${major}.${minor}`);
}

function unfit({ phase, id }: CriuUse, reason: string): RuntimeError {
  return new RuntimeError(`${phase} container "${id}": CRIU ${neededVersion} or newer is required: ${reason}`, {
    code: 'unsupported',
    phase,
    operation: 'criu',
    hint: 'install CRIU (https://criu.org, package criu), and see whether "criu check" is content with the kernel',
  });
}
