import { isSystemError, sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import type { ServerSys } from '../sys/server.js';
import { timestamp } from '../host/timestamp.js';
import { writable } from './loop/index.js';

const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;
/**
 * Even if each becomes an escape of six bytes, the line fits into one page, for which a pipe has room if poll(2) reports it as writable.
 */
const mostCharacters = 640;

/**
 * The FIFO from which containerd reads the log of the shim. It is opened with the first line. A line is lost if nobody reads the FIFO or if
 * it is full: the shim never waits for containerd.
 */
export function openLog(path: string, server: Pick<ServerSys, 'poll'>): (message: string) => void {
  let fd: Fd = -1;
  return (message) => {
    try {
      // ENXIO if nobody reads.
      if (fd < 0) fd = sys().open({ path, flags: O_WRONLY | O_NONBLOCK });
      const [, happened = 0] = server.poll({ fds: [fd], events: [writable], timeout: 0, rest: false });
      if (happened === writable) {
        const text = JSON.stringify(message.slice(0, mostCharacters));
        sys().writeText({ fd, text: `time="${timestamp()}" level=warning msg=${text}\n` });
      } else if (happened !== 0) {
        // The reader has gone. containerd opens the FIFO again when it comes back.
        sys().close({ fd });
        fd = -1;
      }
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  };
}
