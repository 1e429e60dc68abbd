import { describe, expect, test } from 'vitest';
import { runContainer } from '../../../src/container/run.js';
import { serveListener } from '../../../src/container/listener.js';
import { readRecord } from '../../../src/state/store.js';
import type { Sys } from '../../../src/sys/contract.js';
import { messageType } from '../../../src/protocol/numbers/messages.js';
import { syncPoint } from '../../../src/protocol/operations.js';
import { message } from '../machine/kernel/channel.js';
import { hostWith, replaceCalls, root, type HostOptions } from '../machine/host.js';
import { difference, snapshot } from '../machine/failure/residue.js';
import { call } from '../machine/verbs.js';

const profile = {
  listenerPath: '/run/agent',
  listenerMetadata: 'of the engine',
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }],
};
const watched: HostOptions = { listening: ['/run/agent'], config: { top: { annotations: { a: 'b' } }, linux: { seccomp: profile } } };

describe('a seccomp agent', () => {
  test('gets the listener with the state of the container', async () => {
    const machine = hostWith(watched);
    await runContainer({ until: 'ended', root, id: 'web', bundle: '/bundle', keep: true });
    const [sent] = machine.sent;
    expect(JSON.parse(sent as string)).toMatchObject({
      ociVersion: '1.2.1',
      fds: ['seccompFd'],
      pid: expect.any(Number) as number,
      metadata: 'of the engine',
      state: { id: 'web', bundle: '/bundle', annotations: { a: 'b' } },
    });
  });

  test.each<readonly [string, HostOptions, Partial<Sys>, Readonly<Record<string, unknown>>]>([
    [
      'never gets another descriptor that the process names',
      watched,
      { readLink: () => '/etc/shadow' },
      { message: 'hand over seccomp listener: the process named another descriptor', path: '/run/agent' },
    ],
    [
      'that does not listen is missed by name',
      { ...watched, listening: [] },
      {},
      {
        operation: 'failed to connect with seccomp agent',
        path: '/run/agent',
        errno: 'ENOENT',
        hint: expect.stringContaining('must listen') as string,
      },
    ],
  ])('%s, and nothing is left', async (_, host, calls, expected) => {
    const machine = hostWith(host);
    const before = snapshot(machine);
    const { readLink } = machine.sys;
    replaceCalls(machine, {
      ...calls,
      readLink: (link) => (link.path.startsWith('/proc/self/fd/') ? (calls.readLink ?? readLink)(link) : readLink(link)),
    });
    await expect(runContainer({ until: 'ended', root, id: 'web', bundle: '/bundle' })).rejects.toMatchObject({
      code: 'setup',
      suppressed: [],
      ...expected,
    });
    expect(machine.sent).toEqual([]);
    expect(difference(before, snapshot(machine))).toEqual([]);
  });

  test('is not asked for where the configuration names none, whatever the process says', async () => {
    const machine = hostWith();
    await call('create', '--bundle', '/bundle', 'web');
    const record = readRecord({ root, id: 'web' });
    const before = snapshot(machine);
    const of = { pidfd: 0, pid: record.pid, record, root };
    expect(() => serveListener({ ...of, message: message(messageType.sync, { value: syncPoint.seccompListener }) })).toThrow(
      'no listenerPath',
    );
    expect(difference(before, snapshot(machine))).toEqual([]);
  });
});
