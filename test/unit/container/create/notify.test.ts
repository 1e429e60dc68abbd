import { expect, test } from 'vitest';
import { relayUntilReady } from '../../../../src/container/create/notify.js';
import { bindSys } from '../../../../src/sys/call.js';
import { fakeSys } from '../../fake_sys.js';

test('a supervisor that never confirms what it reads is waited for 30 seconds, without an error', async () => {
  const [from, to, pidfd, reader, writer] = [3, 4, 5, 6, 7];
  const said: string[] = [];
  const open = new Set([reader, writer]);
  const waits: { readonly fds: readonly number[]; readonly timeout: number }[] = [];
  const { sys } = fakeSys({
    overrides: {
      whenReadable: (wait) => {
        waits.push(wait);
        return wait.fds.includes(from) ? 0 : -1;
      },
      readSome: () => Uint8Array.from(Buffer.from('READY=1\n')),
      writeBytes: ({ data }) => void said.push(Buffer.from(data).toString()),
      pipe: () => [reader, writer],
      sendFd: ({ fd, data }) => void said.push(`${data} with ${fd}`),
      close: ({ fd }) => void open.delete(fd),
    },
  });
  bindSys(sys);
  await relayUntilReady({ from, to }, { pid: 8, pidfd });
  expect(said).toEqual(['READY=1\n', 'MAINPID=8\n', `BARRIER=1 with ${writer}`]);
  expect(waits).toEqual([
    { fds: [from, pidfd], timeout: -1 },
    { fds: [reader], timeout: 30_000 },
  ]);
  expect([...open]).toEqual([]);
});
