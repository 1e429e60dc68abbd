import type { Sys } from '../../../../src/sys/contract.js';
import { decodePlan } from '../init/decode.js';
import { fail } from '../kernel/tree.js';
import type { World } from '../world.js';

/** tsrun-init: its clone, its plan and its messages. */
export function initCalls({ descriptors, inits }: World): Partial<Sys> {
  return {
    spawn: (o) => {
      const { process } = inits.clone(o);
      return { pid: process.pid, pidfd: descriptors.add({ kind: 'process', process }) };
    },
    spawnHere: ({ plan, ...o }) => {
      const { init, process } = inits.clone(o);
      const pidfd = descriptors.add({ kind: 'process', process });
      init.begin(decodePlan(plan));
      return { pid: process.pid, pidfd };
    },
    sendPlan: ({ socket, plan, fds, stdio }) => {
      const { peer } = descriptors.end(socket, 'sendmsg');
      if (peer?.open !== true) return fail('EPIPE', 'sendmsg', 'tsrun-init');
      inits.at(peer)?.begin(
        decodePlan(plan),
        fds?.map((fd) => descriptors.get(fd, 'sendmsg')),
        stdio === undefined ? undefined : inits.streams(stdio),
      );
    },
    receive: ({ socket, descriptor }) => {
      const end = descriptors.end(socket, 'recvmsg');
      const next = end.arrived.shift();
      // A descriptor that nobody expects is closed (native/core/init.cc).
      if (next?.message !== undefined && next.handle !== undefined && descriptor)
        return { ...next.message, fd: descriptors.add(next.handle) };
      if (next?.message !== undefined) return next.message;
      if (end.peer?.open === true) return fail('EAGAIN', 'recvmsg', 'tsrun-init');
      return { type: 0, operation: 0, op: 0, step: 0, errno: 0, value: 0, text: '', sender: 0, fd: -1 };
    },
    reply: ({ socket, value }) => {
      const { peer } = descriptors.end(socket, 'sendmsg');
      if (peer?.open !== true) return fail('EPIPE', 'sendmsg', 'tsrun-init');
      peer.listen?.(value);
    },
    hasUnread: ({ socket }) => {
      const { peer } = descriptors.end(socket, 'ioctl');
      return peer !== null && inits.at(peer)?.unread === true;
    },
  };
}
