import type { Sys } from '../../../../src/sys/contract.js';
import type { World } from '../world.js';

/** What the program asks about itself and its machine. */
export function factCalls({ options, clock }: World): Partial<Sys> {
  return {
    ids: () => ({ pid: 77, uid: 0, euid: 0, egid: 0, secure: false }),
    capabilities: () => ({ bounding: 2 ** 41 - 1, last: 40 }),
    encodeText: ({ text }) => Buffer.from(text),
    uname: () => ({ release: '6.1.0', machine: 'x86_64', hostname: 'host', domainname: '' }),
    handedDown: () => ({ attributes: 'those of the program', otherCgroups: '' }),
    environment: () => options.environment ?? ['PATH=/usr/bin'],
    variable: ({ name }) => (options.environment ?? []).find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? null,
    workingDirectory: () => '/work',
    clock: () => ({ realtime: 1_700_000_000_000 + clock.now, nanoseconds: 0, monotonic: clock.now * 1e6 }),
    versions: () => ({ seccomp: '2.5.4', engine: 'none' }),
    cpuAffinity: () => '0-1',
    compileSeccomp: () => new Uint8Array(8),
    knowsSeccompFlags: () => true,
  };
}
