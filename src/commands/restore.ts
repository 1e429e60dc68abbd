import { given } from '../cli/options/given.js';
import { defineVerb } from '../cli/verb.js';
import { runRestored } from '../container/checkpoint/restore.js';
import { criuSettings, criuTable } from './checkpoint/options.js';
import { creation, creationOptions } from './create/options.js';

const {
  bundle,
  config,
  'console-socket': consoleSocket,
  'pidfd-socket': pidfdSocket,
  'pid-file': pidFile,
  'no-pivot': noPivot,
  overlay,
} = creationOptions;

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about: 'Needs CRIU 3.16 or newer and root. Creates the container and lets its processes continue. Without --detach, exits as "run" does.',
  options: {
    bundle,
    config,
    'console-socket': consoleSocket,
    'pidfd-socket': pidfdSocket,
    'pid-file': pidFile,
    'no-pivot': { ...noPivot, about: 'accepted for compatibility; CRIU changes the root itself' },
    overlay: { ...overlay, about: 'restore the saved upper layer in memory, or in this directory, which must be empty' },
    ...criuTable,
    detach: { kind: 'switch', short: 'd', about: 'do not wait for the process to exit' },
    keep: { kind: 'switch', about: 'do not remove the container after its process exits' },
    'no-subreaper': { kind: 'switch', about: 'do not become the parent of orphaned descendants (child subreaper)' },
    'tcp-close': { kind: 'switch', about: 'close established TCP connections' },
    'lsm-profile': { kind: 'text', value: 'type:name', about: 'give the processes this profile, such as apparmor:NAME, instead of theirs' },
    'lsm-mount-context': { kind: 'text', value: 'context', about: 'give the mounts this SELinux context instead of theirs' },
  },
  run(call) {
    const { globals, args, log, options } = call;
    const absent = { 'no-new-keyring': false, 'preserve-fds': 0 } as const;
    const request = creation({ globals, args, log, options: { ...options, ...absent } }, options.detach ? 'running' : 'ended');
    return runRestored({
      ...request,
      ...criuSettings(options),
      ...given({ lsmProfile: options['lsm-profile'], lsmMountContext: options['lsm-mount-context'] }),
      tcpClose: options['tcp-close'],
      keep: options.keep,
      noSubreaper: options['no-subreaper'],
    });
  },
});
