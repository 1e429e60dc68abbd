import { sys } from '../../sys/call.js';
import { busFailure } from './failure.js';

/** The bus of the system, or that of the caller's user; a user's systemd is only on the latter. */
export type BusKind = 'system' | 'user';

const systemSocket = '/run/dbus/system_bus_socket';

/**
 * Returns the path of a bus's socket. As in runc and crun, the environment can name another one: DBUS_SYSTEM_BUS_ADDRESS,
 * DBUS_SESSION_BUS_ADDRESS, and XDG_RUNTIME_DIR, in which systemd's own user bus is.
 */
export function busSocket(kind: BusKind): string {
  // A tsrun with more rights than its caller does not let the caller choose the bus (secure_getenv(3), as in sd-bus).
  if (sys().ids().secure) return trustedSocket(kind);
  const variable = kind === 'system' ? 'DBUS_SYSTEM_BUS_ADDRESS' : 'DBUS_SESSION_BUS_ADDRESS';
  const address = sys().variable({ name: variable });
  if (address !== null && address !== '') return pathIn(address, variable);
  if (kind === 'system') return systemSocket;
  const runtime = sys().variable({ name: 'XDG_RUNTIME_DIR' });
  if (runtime !== null && runtime.startsWith('/')) return `${runtime}/bus`;
  throw busFailure('neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set, so the bus of the user is unknown', {
    hint: 'log in by a way that starts systemd --user (loginctl enable-linger USER), or use --cgroup-manager cgroupfs (in a program: leave systemdCgroup out)',
  });
}

function trustedSocket(kind: BusKind): string {
  if (kind === 'system') return systemSocket;
  throw busFailure("tsrun has rights that its caller has not, so it does not use the caller's bus", {
    code: 'permission',
    hint: 'remove the set-user-ID bit or capabilities of tsrun',
  });
}

/** The first address of a list `unix:path=/run/bus,guid=1;...` that is a path (D-Bus specification, "Server Addresses"). */
function pathIn(addresses: string, variable: string): string {
  for (const address of addresses.split(';')) {
    if (!address.startsWith('unix:')) continue;
    for (const pair of address.slice('unix:'.length).split(',')) {
      if (pair.startsWith('path=/')) return unescapeBytes(pair.slice('path='.length));
    }
  }
  throw busFailure(`${variable} names no socket by its path`, {
    path: addresses,
    hint: 'it must be of the form unix:path=/run/user/1000/bus',
  });
}

function unescapeBytes(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
