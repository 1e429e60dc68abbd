import type { Call } from '../../cli/verb.js';
import { containerOf } from '../container_of.js';
import { environmentVariable } from '../../cli/environment.js';
import { given } from '../../cli/options/given.js';
import type { OptionTable } from '../../cli/options/table.js';
import type { CreationGoal, CreationRequest } from '../../container/options.js';
import { sys } from '../../sys/call.js';

/** The options that create and run share. */
export const creationOptions = {
  bundle: { kind: 'text', short: 'b', value: 'directory', about: 'use this bundle (default: the working directory)' },
  config: { kind: 'text', short: 'f', value: 'file', about: 'read this file, relative to the bundle, instead of config.json' },
  'console-socket': { kind: 'text', value: 'path', about: "send the terminal's master end to this UNIX socket" },
  'pidfd-socket': { kind: 'text', value: 'path', about: 'send a pidfd of the init process to this UNIX socket' },
  'pid-file': { kind: 'text', value: 'file', about: 'write the process id of init to this file' },
  'no-pivot': { kind: 'switch', about: 'do not use pivot_root (for a rootfs on a ramdisk)' },
  'no-new-keyring': { kind: 'switch', about: "keep the caller's session keyring instead of creating one" },
  'preserve-fds': {
    kind: 'count',
    value: 'number',
    about: 'pass this many descriptors, from 3 on (after those of LISTEN_FDS), to the container',
  },
  overlay: {
    kind: 'text',
    value: 'memory|directory',
    bare: 'memory',
    about: 'leave the rootfs unchanged; write to an upper layer in memory or in this directory',
  },
} as const satisfies OptionTable;

/** The request of a command line. */
export function creation(
  { globals, options, args, log }: Pick<Call<typeof creationOptions>, 'globals' | 'options' | 'args' | 'log'>,
  until: CreationGoal,
): CreationRequest {
  return {
    ...containerOf({ globals, args }),
    until,
    bundle: options.bundle ?? '.',
    ...given({
      configFile: configFile(options),
      overlay: upperLayer(options.overlay),
      consoleSocket: options['console-socket'],
      pidfdSocket: options['pidfd-socket'],
      pidFile: options['pid-file'],
      notifySocket: notifySocket(),
    }),
    allowAnnotations: allowedAnnotations(globals),
    noPivot: options['no-pivot'],
    noNewKeyring: options['no-new-keyring'],
    preserveFds: options['preserve-fds'],
    systemdCgroup: globals.systemdCgroup,
    noCgroup: globals.noCgroup,
    rootless: globals.rootless,
    warn: (message) => {
      log.add({ level: 'warning', message });
    },
    streams: [0, 1, 2],
  };
}

/** The names that the command line and the environment allow. */
export function allowedAnnotations({ allowAnnotations }: Call<OptionTable>['globals']): readonly string[] {
  return [...allowAnnotations, ...allowedByEnvironment()];
}

/**
 * Annotations that the host allows by an environment variable, because engines' command lines cannot be changed: names separated by spaces
 * or commas.
 */
function allowedByEnvironment(): readonly string[] {
  const names = environmentVariable('TSRUN_ALLOW_ANNOTATIONS');
  return names === '' ? [] : names.split(/[\s,]+/).filter((name) => name !== '');
}

/** The socket of a supervisor such as systemd (sd_notify(3)), if there is one. */
export function notifySocket(): string | undefined {
  const path = environmentVariable('NOTIFY_SOCKET');
  return path === '' ? undefined : path;
}

/** The value of --config, which crun resolves in the bundle. */
export function configFile({
  bundle = '.',
  config,
}: {
  readonly bundle: string | undefined;
  readonly config: string | undefined;
}): string | undefined {
  return config === undefined || config.startsWith('/') ? config : `${bundle}/${config}`;
}

/** A directory on the command line is relative to the working directory, not to the bundle. */
function upperLayer(overlay: string | undefined): string | undefined {
  if (overlay === undefined || overlay === 'memory' || overlay.startsWith('/')) return overlay;
  return `${sys().workingDirectory()}/${overlay}`;
}
