import { expect, test } from 'vitest';
import { lastError } from '../../../../src/container/checkpoint/criu/log.js';
import { bindSys } from '../../../../src/sys/call.js';
import type { Sys } from '../../../../src/sys/contract.js';

test('of a log without end, only the beginning is read', () => {
  const piece = new TextEncoder().encode(`(00.1) Error (criu/files.c:1): no such thing\n${'(00.2) pie: 1: Preadv\n'.repeat(2_900)}`);
  let reads = 0;
  let isOpen = false;
  const log: Partial<Sys> = {
    open: () => {
      isOpen = true;
      return 5;
    },
    readSome: () => {
      reads++;
      return piece;
    },
    close: () => {
      isOpen = false;
    },
  };
  bindSys(log as Sys);
  expect(lastError({ directory: 4, name: 'restore.log' })).toBe('no such thing');
  expect(reads).toBe(1024);
  expect(isOpen).toBe(false);
});
