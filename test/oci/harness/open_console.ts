import { existsSync } from 'node:fs';
import { afterTest } from './cleanup.js';
import { program } from './programs.js';
import { start, type Started } from './runtime.js';
import { newPath } from './scratch.js';
import { until } from './wait.js';

/** The engine's end of a console socket. */
export async function openConsole(...size: string[]): Promise<{ readonly path: string; readonly call: Started }> {
  const path = newPath('.sock');
  const call = start([program('console'), path, ...size]);
  afterTest(() => call.child.kill('SIGKILL'));
  await until('the console socket', () => existsSync(path));
  return { path, call };
}

/** Receives one descriptor and prints the process id of this pidfd. */
const receiver = `
import array, os, re, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen(1)
print("listening", flush=True)
connection, _ = listening.accept()
_, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
fd = array.array("i", ancillary[0][2])[0]
print(re.search(r"^Pid:\\s+(\\d+)", open("/proc/self/fdinfo/%d" % fd).read(), re.M).group(1), flush=True)
`;

/** Does the work with a pidfd socket, and returns the process id of the pidfd that was sent to it. */
export async function receivedPidfd(work: (socket: string) => Promise<void>): Promise<number> {
  const socket = newPath();
  const listener = start(['python3', '-c', receiver, socket]);
  await until('the pidfd socket', () => listener.output().includes('listening'));
  await work(socket);
  return Number((await listener.done).stdout.trim().split('\n')[1]);
}
