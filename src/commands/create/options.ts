import type { Call } from '../../cli/verb.js';
import { containerOf } from '../container_of.js';
import { environmentVariable } from '../../cli/environment.js';
import { given } from '../../cli/options/given.js';
import type { OptionTable } from '../../cli/options/table.js';
import type { CreateOptions } from '../../container/options.js';
import { sys } from '../../sys/call.js';

/** What create and run have in common. */
export const creationOptions = {
  bundle: { kind: 'text', short: 'b', value: 'directory', about: 'the bundle (default: the working directory)' },
  config: { kind: 'text', short: 'f', value: 'file', about: 'read this file, relative to the bundle, instead of config.json' },
  'console-socket': { kind: 'text', value: 'path', about: "send the terminal's master end to this UNIX socket" },
  'pidfd-socket': { kind: 'text', value: 'path', about: 'send a pidfd of the init process to this UNIX socket' },
  'pid-file': { kind: 'text', value: 'file', about: 'write the process id of init to this file' },
  'no-pivot': { kind: 'switch', about: 'do not use pivot_root: for a rootfs on a ramdisk' },
  'no-new-keyring': { kind: 'switch', about: "keep the caller's session keyring" },
  'preserve-fds': { kind: 'count', value: 'number', about: 'hand this many descriptors from 3 on (behind LISTEN_FDS) to the container' },
  overlay: {
    kind: 'text',
    value: 'memory|directory',
    bare: 'memory',
    about: 'leave the rootfs untouched: write to an upper layer in memory, or in a directory',
  },
} as const satisfies OptionTable;

/** The options as the conductor takes them. */
export function creation({
  globals,
  options,
  args,
  log,
}: Pick<Call<typeof creationOptions>, 'globals' | 'options' | 'args' | 'log'>): CreateOptions {
  return {
    ...containerOf({ globals, args }),
    bundle: options.bundle ?? '.',
    ...given({
      configFile: configFile(options),
      overlay: upperLayer(options.overlay),
      consoleSocket: options['console-socket'],
      pidfdSocket: options['pidfd-socket'],
      pidFile: options['pid-file'],
      notifySocket: notifySocket(),
    }),
    allowAnnotations: [...globals.allowAnnotations, ...allowedByEnvironment()],
    noPivot: options['no-pivot'],
    noNewKeyring: options['no-new-keyring'],
    preserveFds: options['preserve-fds'],
    systemdCgroup: globals.systemdCgroup,
    noCgroup: globals.noCgroup,
    warn: (message) => {
      log.add({ level: 'warning', message });
    },
    streams: [0, 1, 2],
  };
}

/** What an engine allows, whose command lines cannot be changed: names between spaces or commas. */
function allowedByEnvironment(): readonly string[] {
  const names = environmentVariable('TSRUN_ALLOW_ANNOTATIONS');
  return names === '' ? [] : names.split(/[\s,]+/).filter((name) => name !== '');
}

/** The socket of a supervisor such as systemd (sd_notify(3)), where there is one. */
export function notifySocket(): string | undefined {
  const path = environmentVariable('NOTIFY_SOCKET');
  return path === '' ? undefined : path;
}

/** The value of --config, which crun looks for in the bundle. */
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
