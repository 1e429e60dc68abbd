import { sys } from '../../sys/call.js';

/**
 * What commander reads of node:process, in the executable (scripts/bundle.mjs). It parses words that are given to it and has neither to look at the
 * environment nor to end the process, which src/entry/main.ts does.
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
