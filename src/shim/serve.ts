import { asRuntimeError } from '../errors/format.js';
import { fromSystem } from '../errors/from_system.js';
import { bindSys, isSystemError, sys } from '../sys/call.js';
import type { Fd, Sys } from '../sys/contract.js';
import type { ServerSys } from '../sys/server.js';
import { Publisher } from './events/publisher.js';
import { checkFlags, type ShimFlags } from './flags.js';
import { openLog } from './log.js';
import { Loop, readable } from './loop/index.js';
import { removeSocket } from './socket.js';
import { Adoption } from './task/checkpoint.js';
import { taskService } from './task/service.js';
import { Server } from './ttrpc/server.js';

const SIGPIPE = 13;
const SIGTERM = 15;
const SIGINT = 2;

/** How long to wait for containerd to take the last events. */
const flushMs = 5_000;

/**
 * Serves a group of containers at the socket that `start` passed, until no container is left and containerd has asked for shutdown or
 * disconnected. The host calls the event loop.
 */
export function serve({ id, socket: path, namespace, ttrpcAddress, debug }: ShimFlags, server: ServerSys): Promise<void> {
  checkFlags({ id, namespace });
  const socket = inheritedSocket(server);
  const log = openLog('log', server);
  const failed = (error: unknown): void => log(asRuntimeError(error).message);
  const loop = new Loop(server, failed);
  const system = sys();
  // Every wait of the conductor goes through the event loop.
  bindSys(Object.create(system, { whenReadable: { value: loop.whenReadable } }) as Sys);
  raiseOomScore();
  const publisher = new Publisher({ loop, namespace, address: ttrpcAddress, failed: debug ? failed : () => undefined });
  return new Promise((resolve) => {
    let ending = false;
    const shutDown = async (): Promise<void> => {
      if (ending) return;
      ending = true;
      tasks.close();
      removeSocket(path);
      // After the answer to this request.
      await sys().whenReadable({ fds: [], timeout: 0 });
      await publisher.flush(flushMs);
      ttrpc.close();
      resolve();
    };
    const tasks = taskService(
      { loop, publisher, namespace, log, adoption: new Adoption() },
      { connected: () => ttrpc.connected, shutDown: () => void shutDown() },
    );
    const services = { 'containerd.task.v2.Task': tasks.service, 'containerd.task.v3.Task': tasks.service };
    const ttrpc = new Server({ loop, socket, services, namespace, onLastClose: tasks.disconnected });
    onSignals(loop, () => {
      if (!tasks.busy()) void shutDown();
      else log('SIGTERM is ignored while a container runs');
    });
    server.serve(() => {
      loop.turn();
    });
  });
}

function inheritedSocket(server: ServerSys): Fd {
  try {
    return server.inheritedSocket();
  } catch (error) {
    const hint = 'the action start starts a server';
    throw fromSystem(error, { code: 'usage', phase: 'command', operation: 'use the socket of the server', hint });
  }
}

/**
 * Obeys SIGTERM only if no container runs: when the shim ends, containerd cleans up every container of the group. SIGPIPE adds nothing to
 * EPIPE.
 */
function onSignals(loop: Loop, asked: () => void): void {
  const fd = sys().openSignals({ signals: [SIGINT, SIGPIPE, SIGTERM] });
  const size = 128;
  const call = (): void => {
    // struct signalfd_siginfo begins with the number.
    const info = sys().readSome({ fd, limit: size });
    if (info.length === size && info[0] !== SIGPIPE) asked();
  };
  loop.watch({ fd, events: readable, call });
}

/** The kernel should kill the shim before containerd when memory runs out. */
function raiseOomScore(): void {
  const path = '/proc/self/oom_score_adj';
  try {
    const score = Number(sys().readText({ path, limit: 16 }));
    if (score < 1000) sys().writeFile({ path, text: String(score + 1), flags: 0 });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
