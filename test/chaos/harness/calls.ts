import { existsSync, readFileSync } from 'node:fs';

/** Linux's table of system calls for this processor; arm64 has the generic one. */
const headers = ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/asm-generic/unistd.h'];
const names = new Map<number, string>();
const header = headers.find((path) => existsSync(path) && (process.arch === 'x64') === path.includes('x86_64'));
for (const [, name = '', number = ''] of (header === undefined ? '' : readFileSync(header, 'utf8')).matchAll(
  /^#define __NR(?:3264)?_(\w+) (\d+)$/gm,
))
  names.set(Number(number), name);

/** Returns the name of a system call: `mount` for 165. */
export function callName(number: number): string {
  return names.get(number) ?? `call ${number}`;
}
