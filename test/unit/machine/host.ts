import { bindSys } from '../../../src/sys/call.js';
import type { Sys } from '../../../src/sys/contract.js';
import { defaultSpec } from '../plan/fixtures.js';
import { Machine } from './machine.js';
import type { MachineOptions } from './options.js';

type Changes = Readonly<Record<string, unknown>>;

export interface HostOptions extends MachineOptions {
  /** Sockets on which somebody listens. */
  readonly listening?: readonly string[];
  /** Changes of config.json, as in {@link configWith}. */
  readonly config?: { readonly top?: Changes; readonly process?: Changes; readonly linux?: Changes };
}

export const root = '/run/tsrun';

/** The text of the default configuration with some parts replaced. */
export function configWith({ top, process, linux }: NonNullable<HostOptions['config']> = {}): string {
  return JSON.stringify({
    ...defaultSpec,
    ...top,
    process: { ...defaultSpec.process, ...process },
    linux: { ...defaultSpec.linux, ...linux },
  });
}

const own = {
  cgroup: '0::/',
  stat: '77 (tsrun) S 1 ',
  mountinfo: '25 1 0:22 / / rw - ext4 /dev/root rw\n',
};

/**
 * A typical host with a bundle in /bundle, and somebody else's container, process and cgroup, which must not be touched. It is bound as the
 * system of the code under test.
 */
export function hostWith(options: HostOptions = {}): Machine {
  const machine = new Machine({
    ...options,
    files: {
      '/bundle/config.json': configWith(options.config),
      '/bundle/rootfs': null,
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
      '/usr/bin/ps': '',
      '/work': null,
      '/var/cache': null,
      '/proc/cgroups': '',
      '/proc/sys/kernel/random/boot_id': 'this-boot\n',
      ...Object.fromEntries(Object.entries(own).map(([name, text]) => [`/proc/self/${name}`, text])),
      [`${root}/other/start.sock.txt`]: 'of another container',
      ...options.files,
    },
    programs: { '/hook': { code: 0 }, '/usr/bin/ps': { code: 0, stdout: 'UID PID CMD\nroot 1 init\n' }, ...options.programs },
  });
  const cgroup = machine.cgroups.make('/sys/fs/cgroup/other');
  machine.processes.make({ name: 'of another container', child: false, cgroup });
  for (const path of options.listening ?? []) machine.listenAt(path);
  bindSys(machine.sys);
  return machine;
}

/** Replaces calls of the system under test. */
export function replaceCalls(machine: Machine, calls: Partial<Sys>): void {
  bindSys(
    new Proxy(machine.sys, {
      get: (target, name) =>
        (calls as Record<string | symbol, unknown>)[name] ?? (target as unknown as Record<string | symbol, unknown>)[name],
    }),
  );
}
