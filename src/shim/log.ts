import { isSystemError, sys } from '../sys/call.js';
import type { Fd } from '../sys/contract.js';
import { timestamp } from '../host/timestamp.js';

const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;

/** The FIFO from which containerd reads the log of the shim. It is opened with the first line; what nobody reads is lost. */
export function openLog(path: string): (message: string) => void {
  let fd: Fd = -1;
  return (message) => {
    try {
      if (fd < 0) fd = sys().open({ path, flags: O_WRONLY | O_NONBLOCK });
      const line = `time="${timestamp()}" level=warning msg=${JSON.stringify(message)}\n`;
      // Not writeText, which waits for a reader.
      sys().writeFile({ path: `/proc/self/fd/${fd}`, text: line, flags: 0 });
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  };
}
