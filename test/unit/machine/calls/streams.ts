import type { Sys } from '../../../../src/sys/contract.js';
import type { Pipe } from '../kernel/descriptors.js';
import { fail } from '../kernel/tree.js';
import type { World } from '../world.js';

/** Pipes, standard streams and terminals. */
export function streamCalls({ descriptors, options, written, sent }: World): Partial<Sys> {
  return {
    readSome: ({ fd, limit }) => {
      const handle = descriptors.get(fd, 'read');
      if (handle.kind !== 'read') return fail('EBADF', 'read', String(fd));
      if (handle.pipe.endless) return Buffer.from('talk '.repeat(limit / 5));
      const bytes = Buffer.from(handle.pipe.text.slice(0, limit));
      handle.pipe.text = handle.pipe.text.slice(limit);
      return bytes;
    },
    readFd: ({ fd, limit }) => {
      const handle = descriptors.get(fd, 'read');
      if (handle.kind !== 'read') return fail('EBADF', 'read', String(fd));
      const { text } = handle.pipe;
      if (Buffer.byteLength(text) > limit) fail('EFBIG', 'read', String(fd));
      handle.pipe.text = '';
      return text;
    },
    writeText: ({ fd, text }) => {
      if (fd === 1 || fd === 2) written[fd] += text;
      else descriptors.get(fd, 'write');
    },
    writeBytes: ({ fd, data }) => {
      const handle = descriptors.get(fd, 'write');
      if (handle.kind === 'file') handle.node.text += Buffer.from(data).toString();
      else sent.push(Buffer.from(data).toString());
    },
    pipe: () => {
      const pipe: Pipe = { text: '', writers: 1, endless: false };
      return [descriptors.add({ kind: 'read', pipe }), descriptors.add({ kind: 'write', pipe })];
    },
    checkStreams: ({ stdio }) => {
      for (const fd of stdio) descriptors.get(fd, 'hand over');
    },
    copyStream: ({ fd }) => descriptors.add(descriptors.get(fd, 'hand over')),
    giveAway: ({ fd }) => void descriptors.open.delete(fd),
    isInherited: ({ fd }) => descriptors.open.has(fd),
    isTerminal: ({ fd }) => options.terminals === true && fd <= 2,
    terminalSize: () => ({ rows: 24, columns: 80 }),
    resizeTerminal: ({ fd }) => void descriptors.get(fd, 'ioctl'),
  };
}
