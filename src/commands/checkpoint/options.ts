import { given } from '../../cli/options/given.js';
import type { OptionTable, OptionValues } from '../../cli/options/table.js';
import { usageError } from '../../cli/options/usage_error.js';
import { cgroupModes, networkLocks, type CriuSettings } from '../../container/checkpoint/options.js';

/** The options that checkpoint and restore share. */
export const criuTable = {
  'image-path': { kind: 'text', value: 'directory', about: 'directory of the image (default: ./checkpoint)' },
  'work-path': { kind: 'text', value: 'directory', about: "directory for CRIU's log and working files (default: that of the image)" },
  'tcp-established': { kind: 'switch', about: 'allow established TCP connections' },
  'ext-unix-sk': { kind: 'switch', about: 'allow UNIX sockets that are connected to processes outside the container' },
  'shell-job': { kind: 'switch', about: 'allow a terminal and a session that are shared with processes outside the container' },
  'file-locks': { kind: 'switch', about: 'allow file locks' },
  'manage-cgroups-mode': {
    kind: 'text',
    value: 'mode',
    about: 'what CRIU does about cgroups: soft, full, strict or ignore (default: soft)',
  },
  'empty-ns': { kind: 'list', value: 'namespace', about: 'leave this namespace empty: network' },
  'auto-dedup': { kind: 'switch', about: 'remove pages from parent images that the image replaces' },
  'lazy-pages': { kind: 'switch', about: 'transfer memory on demand, by userfaultfd' },
  'network-lock': {
    kind: 'text',
    value: 'method',
    about: "how the network is blocked meanwhile: iptables, nftables or skip (default: CRIU's)",
  },
} as const satisfies OptionTable;

/** The settings of a command line. */
export function criuSettings(options: OptionValues<typeof criuTable>): CriuSettings {
  const unknown = options['empty-ns'].find((name) => name !== 'network');
  if (unknown !== undefined)
    throw usageError(`namespace ${JSON.stringify(unknown)} is not supported`, 'CRIU can leave only "network" empty');
  return {
    imagePath: options['image-path'] ?? './checkpoint',
    ...given({
      workPath: options['work-path'],
      manageCgroupsMode: choice('manage-cgroups-mode', options['manage-cgroups-mode'], cgroupModes),
      networkLock: choice('network-lock', options['network-lock'], networkLocks),
    }),
    tcpEstablished: options['tcp-established'],
    extUnixSk: options['ext-unix-sk'],
    shellJob: options['shell-job'],
    fileLocks: options['file-locks'],
    emptyNetwork: options['empty-ns'].length > 0,
    autoDedup: options['auto-dedup'],
    lazyPages: options['lazy-pages'],
  };
}

function choice<T extends string>(name: string, value: string | undefined, choices: Readonly<Record<T, unknown>>): T | undefined {
  if (value === undefined || value === '') return undefined;
  const found = (Object.keys(choices) as T[]).find((one) => one === value);
  if (found === undefined)
    throw usageError(`invalid value ${JSON.stringify(value)} for flag -${name}: must be ${Object.keys(choices).join(' or ')}`);
  return found;
}
