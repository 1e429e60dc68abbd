import { expect, test } from 'vitest';
import type { Operation } from '../../../src/protocol/operations.js';

/** `npm run check` compares the compiler's errors with each line: an expected error that does not occur is an error, too. */
test('a plan with a wrong field does not compile', () => {
  const right: Operation[] = [
    { op: 'hostname', name: 'web' },
    { op: 'rlimit', resource: 1, soft: 2n ** 64n - 1n, hard: 1, raise: 0, name: 'RLIMIT_FSIZE' },
    { op: 'execute', preserve: 3, args: ['sh'], environment: [] },
    { op: 'cpuAffinity', mask: '' },
  ];
  const wrong: Operation[] = [
    // @ts-expect-error an operation that does not exist
    { op: 'hostnames', name: 'web' },
    // @ts-expect-error a field of another operation
    { op: 'hostname', path: 'web' },
    // @ts-expect-error a field too many
    { op: 'hostname', name: 'web', domain: 'x' },
    // @ts-expect-error a field too few
    { op: 'sysctl', path: 'net/ipv4/ip_forward' },
    // @ts-expect-error a number for a text
    { op: 'hostname', name: 1 },
    // @ts-expect-error a text for a list
    { op: 'execute', preserve: 3, args: 'sh', environment: [] },
    // @ts-expect-error 64 bits of a configuration for a number of 32
    { op: 'user', uid: 1n, gid: 0, umask: 0, setGroups: 0, groups: '' },
    // @ts-expect-error a text for bytes
    { op: 'seccomp', filterFlags: 0, listener: 0, filter: 'allow' },
  ];
  expect([right.length, wrong.length]).toEqual([4, 8]);
});
