import { describe, expect, test } from 'vitest';
import { Child } from '../../../src/init/child.js';
import { messageType } from '../../../src/protocol/numbers/messages.js';
import type { InitMessage, Sys } from '../../../src/sys/contract.js';
import { message } from '../machine/kernel/channel.js';
import { bindFakeSys, systemError } from '../fake_sys.js';

const [pid, pidfd, socket] = [70, 20, 10];
const [sibling, siblingFd] = [71, 21];
const respawned = message(messageType.respawned, { value: sibling, sender: pid });
const going = message(messageType.going);
const closed = message(messageType.closed);

interface Seen {
  readonly done: string[];
  readonly heard: () => number;
}

/** The system around a tsrun-init that, when it is to end, has said these, and then `forever`, if anything. */
function bindChild(said: readonly InitMessage[], forever?: InitMessage, overrides: Partial<Sys> = {}): Seen {
  const done: string[] = [];
  let count = 0;
  bindFakeSys({
    overrides: {
      whenReadable: ({ fds: [fd] }) => (fd === socket && said[count] === undefined && forever === undefined ? -1 : 0),
      receive: () => {
        // Far more than anybody should listen to.
        if (count === 1000) throw new Error('listens without an end');
        return said[count++] ?? forever ?? closed;
      },
      openProcess: () => siblingFd,
      isChild: () => true,
      signalProcess: ({ pidfd: fd }) => void done.push(`kill ${fd}`),
      reap: ({ pidfd: fd }) => (done.push(`reap ${fd}`), { code: -1, signal: 9 }),
      close: ({ fd }) => void done.push(`close ${fd}`),
      ...overrides,
    },
  });
  return { done, heard: () => count };
}

const born = (respawns = true): Child => new Child({ pid, pidfd, socket, respawns });
const gone = [`close ${socket}`, `kill ${pidfd}`, `reap ${pidfd}`, `close ${pidfd}`];
const siblingGone = [`kill ${siblingFd}`, `reap ${siblingFd}`, `close ${siblingFd}`];

describe('a killed tsrun-init', () => {
  test('is reaped, and its descriptors are closed', async () => {
    const { done, heard } = bindChild([]);
    await born(false).killAndReap();
    expect(done).toEqual([`close ${socket}`, `kill ${pidfd}`, `reap ${pidfd}`, `close ${pidfd}`]);
    expect(heard()).toBe(0);
  });

  test('whose last message names a sibling is killed together with it', async () => {
    const { done } = bindChild([going, respawned]);
    await born().killAndReap();
    expect(done).toEqual([...gone, ...siblingGone]);
  });

  test('is killed only after it had time to name a sibling that it has cloned, and is heard once more then', async () => {
    const said = [going, respawned];
    let asked = 0;
    const { done } = bindChild(said, going, { whenReadable: ({ fds: [fd] }) => (fd === socket && asked++ === 1 ? -1 : 0) });
    await born().killAndReap();
    expect(done).toEqual([`kill ${pidfd}`, ...gone, ...siblingGone]);
  });

  test('that says nothing is killed after two waits', async () => {
    const { done, heard } = bindChild([]);
    await born().killAndReap();
    expect(done).toEqual([`kill ${pidfd}`, ...gone]);
    expect(heard()).toBe(0);
  });

  test('is reaped even if its socket keeps sending, of which at most 64 messages are read', async () => {
    const { done, heard } = bindChild([], going);
    await born().killAndReap();
    expect(heard()).toBe(64);
    expect(done).toEqual(gone);
  });

  test('is killed together with a sibling that it names after 63 other messages', async () => {
    const { done } = bindChild([...Array<InitMessage>(63).fill(going), respawned], going);
    await born().killAndReap();
    expect(done).toEqual([...gone, ...siblingGone]);
  });

  test('does not lead to a sibling that another process names', async () => {
    const { done, heard } = bindChild([{ ...respawned, sender: 99 }, closed], going);
    await born().killAndReap();
    expect(done).toEqual(gone);
    expect(heard()).toBe(2);
  });

  test('is not read any more once a sibling has taken its place, and both are killed', async () => {
    const { done, heard } = bindChild([], going);
    const child = born();
    child.adopt(sibling);
    await child.killAndReap();
    expect(heard()).toBe(0);
    expect(done).toEqual([`close ${socket}`, ...siblingGone, `kill ${pidfd}`, `reap ${pidfd}`, `close ${pidfd}`]);
  });

  test('is reaped even if its last message cannot be read, which is reported', async () => {
    const { done } = bindChild([], going, {
      receive: () => {
        throw systemError('EIO', 'recvmsg', 'tsrun-init');
      },
    });
    await expect(born().killAndReap()).rejects.toMatchObject({ code: 'EIO' });
    expect(done).toEqual(gone);
  });
});

describe('a sibling', () => {
  test('that is not our child is refused, and not touched', async () => {
    const { done } = bindChild([], undefined, { isChild: () => false });
    const child = born();
    expect(() => child.adopt(sibling)).toThrow(`follow tsrun-init: process ${sibling} is not its sibling`);
    expect(done).toEqual([`close ${siblingFd}`]);
    await child.killAndReap();
    expect(done).not.toContain(`kill ${siblingFd}`);
    expect([child.pid, child.pidfd]).toEqual([pid, pidfd]);
  });

  test('that may not be our child is killed only once it is known to be', async () => {
    let asked = 0;
    const { done } = bindChild([], undefined, {
      isChild: () => {
        if (asked++ === 0) throw systemError('ENOMEM', 'waitid', String(sibling));
        return true;
      },
    });
    const child = born();
    expect(() => child.adopt(sibling)).toThrow(/ENOMEM/);
    await child.killAndReap();
    expect(done.filter((one) => one.endsWith(` ${siblingFd}`))).toEqual([`close ${siblingFd}`, ...siblingGone]);
  });
});
