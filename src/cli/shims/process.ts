import { sys } from '../../sys/call.js';

/**
 * The parts of node:process that commander reads in the executable (scripts/bundle.mjs). commander only parses words that it is given; it
 * must not read the environment or exit the process, which src/entry/main.ts does.
 */
const stream = (fd: number) => ({
  isTTY: false,
  write(text: string): void {
    sys().writeText({ fd, text });
  },
});

export const stdout = stream(1);
export const stderr = stream(2);
export const argv: readonly string[] = [];
export const execArgv: readonly string[] = [];
export const env: Readonly<Record<string, string>> = {};
export const versions: Readonly<Record<string, string>> = {};
