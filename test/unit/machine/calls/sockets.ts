import type { Sys } from '../../../../src/sys/contract.js';
import { channel } from '../kernel/channel.js';
import { fail } from '../kernel/tree.js';
import type { World } from '../world.js';

/** Sockets, and descriptors that travel over them. */
export function socketCalls({ paths, descriptors, sent }: World): Partial<Sys> {
  return {
    socketPair: () => channel().map((end) => descriptors.add({ kind: 'socket', end })),
    listenUnix: ({ path }) => descriptors.add({ kind: 'file', node: paths.create(path, 'socket') }),
    connectUnix: ({ path, word }) => {
      const node = paths.need(path, 'connect');
      if (!node.listens()) fail('ECONNREFUSED', 'connect', path);
      const [ours, theirs] = channel();
      node.accept?.(theirs);
      if (word !== undefined) theirs.listen?.(word);
      return descriptors.add({ kind: 'socket', end: ours });
    },
    isListening: ({ path }) => paths.find(path)?.listens() === true,
    endTcpRepair: () => false,
    sendFd: ({ socket, fd, data }) => {
      const { peer } = descriptors.end(socket, 'sendmsg');
      descriptors.get(fd, 'sendmsg');
      if (peer?.open !== true) fail('EPIPE', 'sendmsg', String(socket));
      if (peer !== null && peer.listen !== null) peer.listen(0);
      else sent.push(data);
    },
    receiveFd: ({ socket }) => {
      const next = descriptors.end(socket, 'recvmsg').arrived.shift();
      return next?.handle === undefined ? fail('ENODATA', 'recvmsg', String(socket)) : descriptors.add(next.handle);
    },
    bindDatagram: ({ path }) => {
      paths.create(path, 'socket');
      return descriptors.add({ kind: 'read', pipe: { text: 'READY=1', writers: 1, endless: false } });
    },
    connectDatagram: ({ path }) => {
      if (!paths.need(path, 'connect').listens()) fail('ECONNREFUSED', 'connect', path);
      const [ours] = channel();
      return descriptors.add({ kind: 'socket', end: ours });
    },
  };
}
