/**
 * A service in a container for the tests of a file: started before them, removed after them, also if they fail.
 * service.test.ts beside this file uses it.
 */
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { defineBundle, Runtime, type BundleDefinition } from '@tsrun/runtime';
import { afterAll, beforeAll } from 'vitest';

export interface Service {
  /** The port on 127.0.0.1 at which it listens. */
  readonly port: number;
  /** What it has written so far: print it when a test fails. */
  readonly log: string;
}

interface ServiceDefinition extends Omit<BundleDefinition, 'args'> {
  /** The program of the service, which must listen at this port. */
  readonly args: (port: number) => readonly string[];
  /** Milliseconds that the service has until it listens. Default: 10000. */
  readonly startup?: number;
}

/** Call it at the top of a file of tests, or in a `describe`. What it returns can be used in the tests. */
export function serviceForTests({ args, startup = 10_000, ...definition }: ServiceDefinition): Service {
  const runtime = new Runtime();
  const service = { port: 0, log: '' };
  let stop: () => Promise<void> = async () => undefined;

  beforeAll(async () => {
    service.port = await freePort();
    const container = await runtime.create({
      id: `test-service-${process.pid}-${service.port}`,
      // The host's network, so that the tests can connect. Everything else is isolated, and the root file system stays as it is.
      ...defineBundle({ preset: 'service', network: 'host', ...definition, args: args(service.port) }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // First of all, so that a service that does not start is removed, too.
    stop = () => container.delete({ force: true });
    for (const stream of [container.stdout, container.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => void (service.log += text));
    }
    await container.start();
    const ended = container.wait().then(({ code }) => {
      throw new Error(`the service has ended with code ${String(code)}: ${service.log}`);
    });
    // It ends after the tests, too.
    ended.catch(() => undefined);
    await Promise.race([listening(service.port, startup), ended]);
  }, startup + 5000);

  afterAll(() => stop());
  return service;
}

/** A port that is free now. Another program can take it before the service does; then the service fails, and so does beforeAll. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(port: number, startup: number): Promise<void> {
  const end = Date.now() + startup;
  for (;;) {
    const socket = createConnection({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`the service does not listen at port ${port} after ${startup} ms`, { cause: error });
    } finally {
      socket.destroy();
    }
    await setTimeout(20);
  }
}
