import type { Sys, SystemError } from './contract.js';

let bound: Sys | undefined;

/** Called once by the entry file of a host, before anything else. */
export function bindSys(sys: Sys): void {
  bound = sys;
}

/** Returns the bound sys. Every use of the operating system goes through it. */
export function sys(): Sys {
  if (bound === undefined) throw new Error('sys is not bound: import the package by its entry');
  return bound;
}

/** Whether a caught value is a failed system call and, if codes are given, has one of them. */
export function isSystemError(error: unknown, ...codes: readonly string[]): error is SystemError {
  if (!(error instanceof Error) || !('call' in error) || !('code' in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}
