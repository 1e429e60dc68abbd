import { door } from '../native/call.js';
import type { Fd } from '../native/contract.js';

const O_PATH = 0o10000000;
const O_DIRECTORY = 0o200000;

/** The name of the socket on which the init of a created container waits for `start`. Its presence is what makes a container "created". */
export const startSocketName = 'start.sock';

/** Listens for `start` in the container's directory. */
export function openListener(stateDirectory: string): Fd {
  return throughDirectory(stateDirectory, (path) => door().listenUnix({ path, backlog: 4 }));
}

/** Connects to the init of a created container. */
export function connectListener(stateDirectory: string): Fd {
  return throughDirectory(stateDirectory, (path) => door().connectUnix({ path }));
}

/** sun_path holds 108 bytes (unix(7)) and state roots may be longer: then the socket is reached through a descriptor of its directory. */
function throughDirectory(directory: string, use: (path: string) => Fd): Fd {
  const path = `${directory}/${startSocketName}`;
  if (path.length < 100) return use(path);
  const fd = door().open({ path: directory, flags: O_PATH | O_DIRECTORY });
  try {
    return use(`/proc/self/fd/${fd}/${startSocketName}`);
  } finally {
    door().close({ fd });
  }
}
