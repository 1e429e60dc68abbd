import { given } from '../../cli/options/given.js';
import { usageError } from '../../cli/options/usage_error.js';
import { defineVerb } from '../../cli/verb.js';
import { checkpointContainer } from '../../container/checkpoint/index.js';
import type { CheckpointOptions } from '../../container/checkpoint/options.js';
import { sys } from '../../sys/call.js';
import { containerOf } from '../container_of.js';
import { allowedAnnotations } from '../create/options.js';
import { criuSettings, criuTable } from './options.js';

export const verb = defineVerb({
  usage: '<container-id>',
  arguments: { minimum: 1, maximum: 1 },
  about: 'Needs CRIU 3.16 or newer and root. Removes the container, except with --leave-running and --pre-dump.',
  options: {
    ...criuTable,
    'parent-path': { kind: 'text', value: 'directory', about: 'image of an earlier --pre-dump, relative to the image path' },
    'leave-running': { kind: 'switch', about: 'leave the container running' },
    'tcp-skip-in-flight': { kind: 'switch', about: 'drop connections that are not established yet' },
    'link-remap': { kind: 'switch', about: 'save open files that were removed, by links to them' },
    'status-fd': {
      kind: 'text',
      value: 'number',
      about: 'write a NUL byte to this descriptor when the page server of --lazy-pages is ready',
    },
    'page-server': { kind: 'text', value: 'address:port', about: "send memory to this page server of CRIU's" },
    'pre-dump': { kind: 'switch', about: 'only save memory, ahead of the checkpoint' },
  },
  async run(call) {
    const { globals, options, log } = call;
    const statusFd = descriptor(options['status-fd']);
    sys().deferSignals();
    await checkpointContainer({
      ...containerOf(call),
      ...criuSettings(options),
      ...given({ parentPath: options['parent-path'], pageServer: pageServer(options['page-server']), statusFd }),
      leaveRunning: options['leave-running'],
      tcpSkipInFlight: options['tcp-skip-in-flight'],
      linkRemap: options['link-remap'],
      preDump: options['pre-dump'],
      allowAnnotations: allowedAnnotations(globals),
      warn: (message) => {
        log.add({ level: 'warning', message });
      },
    });
    return 0;
  },
});

/** The port follows the last colon, because an IPv6 address has some. */
function pageServer(text: string | undefined): CheckpointOptions['pageServer'] {
  if (text === undefined || text === '') return undefined;
  const at = text.lastIndexOf(':');
  const [address, port] = [text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), text.slice(at + 1)];
  if (at > 0 && address !== '' && /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)
    return { address, port: Number(port) };
  throw usageError(`use ADDRESS:PORT to specify a page server, found ${JSON.stringify(text)}`);
}

/** The number of a descriptor that our caller opened for us. -1 is runc's default. */
function descriptor(text: string | undefined): number | undefined {
  if (text === undefined || text === '' || text === '-1') return undefined;
  if (/^\d{1,9}$/.test(text) && (Number(text) < 3 || sys().isInherited({ fd: Number(text) }))) return Number(text);
  throw usageError(`invalid --status-fd argument ${JSON.stringify(text)}: not an open descriptor`);
}
