import { existsSync, readFileSync } from 'node:fs';

/** Linux's own table of this processor; arm64 has the generic one. */
const headers = ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/asm-generic/unistd.h'];
const names = new Map<number, string>();
const header = headers.find((path) => existsSync(path) && (process.arch === 'x64') === path.includes('x86_64'));
for (const [, name = '', number = ''] of (header === undefined ? '' : readFileSync(header, 'utf8')).matchAll(
  /^#define __NR(?:3264)?_(\w+) (\d+)$/gm,
))
  names.set(Number(number), name);

/** `mount` for 165: how a system call is called. */
export function callName(number: number): string {
  return names.get(number) ?? `call ${number}`;
}
